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
where d.id = due.id and m.n = d.message and m.created_at = d.created_at
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
    error = r.error,
    next_at = now() + r.pause_ms * interval '1 millisecond',
    done_at = case when r.state = 'pending' then null else now() end
from results r
where
    d.id = r.delivery and d.state <> 'delivered'
    and (r.state = 'delivered' or (d.attempts = r.n and d.state = 'pending'))

-- name: bury_deliveries
-- Nothing more is sent to a disabled endpoint: its open deliveries are dead letters.
update webhook_deliveries set
    state = 'dead', error = 'endpoint_disabled', done_at = now()
where endpoint = any(%(endpoints)s) and state = 'pending'
