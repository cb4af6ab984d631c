-- name: announce
-- Messages and deliveries for whoever listens. `announced`: what happened to which event.
with announced as materialized (
    select a.* from json_to_recordset(%(announced)s) as a (
        fact_id uuid, event_id uuid, type text, at timestamptz, sequence bigint
    )
),

messages as (
    insert into webhook_messages (fact_id, kind, type, subject, body, created_at)
    select
        a.fact_id, p.kind, a.type, a.event_id,
        webhook_body(p.kind, a.type, a.at, a.sequence, e), a.at
    from announced a
    join scheduled_events e on e.event_id = a.event_id
    cross join lateral (
        select distinct w.kind from webhook_endpoints w
        where w.state = 'enabled' and (w.types = '{}' or a.type = any(w.types))
    ) as p
    returning n, kind, type, subject, created_at
)

insert into webhook_deliveries (message, endpoint, subject, next_at, created_at)
select m.n, p.id, m.subject, m.created_at, m.created_at
from messages m
join webhook_endpoints p on p.kind = m.kind
where p.state = 'enabled' and (p.types = '{}' or m.type = any(p.types))

-- name: insert_endpoint
insert into webhook_endpoints (id, kind, url, types, secret_sealed, state)
values (%(id)s, 'webhook', %(url)s, %(types)s, %(secret_sealed)s, 'enabled')
returning id, kind, url, types, state, disabled_reason, version, created_at, updated_at

-- name: set_integration
-- Another URL enables it again: that is how its owner mends it.
insert into webhook_endpoints as e (id, kind, url, types, state)
values (%(id)s, 'integration', %(url)s, '{event.created}', 'enabled')
on conflict (kind) where kind = 'integration' do update set
    url = excluded.url, state = 'enabled', disabled_reason = null, version = e.version + 1,
    updated_at = now()
where e.url <> excluded.url

-- name: drop_integration
delete from webhook_endpoints where kind = 'integration'

-- name: one_endpoint
select id, kind, url, types, state, disabled_reason, version, created_at, updated_at
from webhook_endpoints
where id = %(id)s

-- name: list_endpoints
select id, kind, url, types, state, disabled_reason, version, created_at, updated_at
from webhook_endpoints
where %(after)s::uuid is null or id > %(after)s
order by id
limit %(limit)s

-- name: delete_endpoint
delete from webhook_endpoints
where id = %(id)s and (%(version)s::int is null or version = %(version)s)

-- name: list_deliveries
-- Newest first.
select
    d.id, d.endpoint, m.n, m.type, d.subject, d.state, d.attempts, d.next_at, d.created_at,
    d.done_at, m.body
from webhook_deliveries d
join webhook_messages m on m.n = d.message
where
    (%(endpoint)s::uuid is null or d.endpoint = %(endpoint)s)
    and (%(state)s::text is null or d.state = %(state)s)
    and (%(type)s::text is null or m.type = %(type)s)
    and (%(after)s::bigint is null or d.id < %(after)s)
order by d.id desc
limit %(limit)s

-- name: delivery_exists
select 1 from webhook_deliveries where id = %(delivery)s

-- name: list_attempts
select n, at, status, ms, error, response_excerpt
from webhook_attempts
where delivery = %(delivery)s
order by n

-- name: claim
-- Takes due deliveries for as long as the lease lasts, some of every endpoint that has room.
-- Counting the attempt here bounds a message that kills the process before it can say so.
with room as materialized (
    select e.id, e.url, e.secret_sealed, %(in_flight)s - coalesce(b.sending, 0) as room
    from webhook_endpoints e
    left join unnest(%(busy)s::uuid[], %(sending)s::int[]) as b (id, sending) on b.id = e.id
    where e.state = 'enabled' and coalesce(b.sending, 0) < %(in_flight)s
    order by random()
),

due as materialized (
    select d.id, r.id as endpoint, r.url, r.secret_sealed
    from room r
    cross join lateral (
        select w.id from webhook_deliveries w
        where w.endpoint = r.id and w.state = 'pending' and w.next_at <= now()
        order by w.next_at
        limit r.room
        for update skip locked
    ) as d
    limit %(limit)s
)

update webhook_deliveries d set
    attempts = least(d.attempts + 1, %(most)s),
    state = case when d.attempts < %(most)s then 'pending' else 'dead' end,
    done_at = case when d.attempts < %(most)s then null else now() end,
    next_at = now() + %(lease)s
from due, webhook_messages m
where d.id = due.id and m.n = d.message
returning d.id, d.attempts, d.state, due.endpoint, due.url, due.secret_sealed, m.n, m.body

-- name: disable_endpoints
update webhook_endpoints set
    state = 'disabled', disabled_reason = 'gone', version = version + 1, updated_at = now()
where id = any(%(endpoints)s) and state = 'enabled'

-- name: record_attempts
-- A late result of an attempt whose lease had run out is kept in the log; it decides only if it
-- is a success: what arrived need not be sent again.
with results as materialized (
    select r.* from json_to_recordset(%(results)s) as r (
        delivery bigint, n int, at timestamptz, status int, ms int, error text, excerpt text,
        state text, pause_ms bigint
    )
),

logged as (
    insert into webhook_attempts (delivery, n, at, status, ms, error, response_excerpt)
    select r.delivery, r.n, r.at, r.status, r.ms, r.error, r.excerpt
    from results r
    join webhook_deliveries d on d.id = r.delivery
    on conflict do nothing
)

update webhook_deliveries d set
    state = r.state,
    next_at = now() + r.pause_ms * interval '1 millisecond',
    done_at = case when r.state = 'pending' then null else now() end
from results r
where
    d.id = r.delivery and d.state <> 'delivered'
    and (r.state = 'delivered' or (d.attempts = r.n and d.state = 'pending'))

-- name: bury_deliveries
-- Nothing more is sent to a disabled endpoint: its open deliveries are dead letters.
update webhook_deliveries set state = 'dead', done_at = now()
where endpoint = any(%(endpoints)s) and state = 'pending'
