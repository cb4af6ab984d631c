-- name: claim
-- Takes due deliveries for as long as the lease lasts, some of every endpoint that has room.
-- Counting the attempt here bounds a message that kills the process before it can say so.
--
-- Endpoints are found by what is due, never by asking each: while little is due, by its time;
-- otherwise by leaping from endpoint to endpoint in the index. Either way they begin after `after`,
-- so that all have their turn. Tables are reached through `limit 1` and `any(array(…))`, which leave the
-- planner no other order of joining, whatever it believed of their sizes.
with recursive soonest as materialized (
    select endpoint from webhook_deliveries
    where state = 'pending' and next_at <= now()
    order by next_at
    limit 200
),

waiting (endpoint, next_at, wrapped) as (
    select %(after)s::uuid, null::timestamptz, false where (select count(*) from soonest) = 200
    union all
    select n.* from waiting w
    cross join lateral (
        (
            select d.endpoint, d.next_at, w.wrapped from webhook_deliveries d
            where
                d.state = 'pending' and d.endpoint > w.endpoint
                and (not w.wrapped or d.endpoint <= %(after)s)
            order by d.endpoint, d.next_at
            limit 1
        )
        union all
        (
            select d.endpoint, d.next_at, true from webhook_deliveries d
            where d.state = 'pending' and not w.wrapped and d.endpoint <= %(after)s
            order by d.endpoint, d.next_at
            limit 1
        )
        limit 1
    ) as n
),

candidates as (
    (
        select endpoint from soonest where (select count(*) from soonest) < 200
        group by endpoint order by endpoint <= %(after)s, endpoint
    )
    union all
    select endpoint from waiting where next_at <= now()
),

due as materialized (
    select d.*, e.*, f.head_at
    from candidates c
    cross join lateral (
        select
            id as endpoint, state, url, rate, ordering, failing_since, breaker_opened,
            breaker_until is not null as probe, secret_sealed,
            case when previous_secret_until > now() then previous_secret_sealed
            end as previous_secret_sealed,
            case
                when state <> 'enabled' then 20
                when breaker_until > now() then 0
                when breaker_until is null
                    then coalesce((%(rooms)s::jsonb ->> id::text)::int, 1)
                else least((%(rooms)s::jsonb ->> id::text)::int, 1)
            end as room
        from webhook_endpoints where id = c.endpoint
        limit 1
    ) as e
    cross join lateral (
        select
            w.id, w.message, w.subject, w.created_at, w.attempts,
            w.attempts - w.earlier_attempts as in_round
        from webhook_deliveries w
        where w.endpoint = e.endpoint and w.state = 'pending' and w.next_at <= now()
        order by w.next_at
        limit e.room
        for no key update skip locked
    ) as d
    left join lateral (
        select case when p.next_at > now() then p.next_at else now() + %(lease)s end as head_at
        from webhook_deliveries p
        where
            e.ordering = 'per_event' and p.endpoint = e.endpoint and p.subject = d.subject
            and p.state = 'pending' and p.id < d.id
        order by p.id
        limit 1
    ) as f on true
    limit %(limit)s
),

-- One process has the probe of an open breaker, for as long as a lease.
probing as materialized (
    select id from webhook_endpoints
    where id = any(array(select endpoint from due where probe)) and breaker_until <= now()
    for no key update skip locked
),

probed as (
    update webhook_endpoints set breaker_until = now() + %(lease)s
    where id = any(array(select id from probing))
),

-- What waits behind an earlier message about its subject has its turn when that one is done.
fates as materialized (
    select
        due.*,
        case
            when state <> 'enabled' then 'buried'
            when head_at is not null then 'behind'
            when in_round >= %(most)s then 'used_up'
            else 'sent'
        end as fate
    from due
    where state <> 'enabled' or not probe or endpoint = any(array(select id from probing))
),

sent as (
    update webhook_deliveries set attempts = attempts + 1, next_at = now() + %(lease)s
    where id = any(array(select id from fates where fate = 'sent'))
),

behind as (
    update webhook_deliveries d set next_at = f.head_at
    from fates f
    where d.id = any(array(select id from fates where fate = 'behind')) and f.id = d.id
),

dead as (
    update webhook_deliveries d set
        state = 'dead',
        error = case
            when id = any(array(select id from fates where fate = 'buried'))
                then 'endpoint_disabled'
            else error
        end,
        done_at = now()
    where id = any(array(select id from fates where fate in ('used_up', 'buried')))
)

select
    f.fate, f.id, f.attempts + 1 as attempts, f.in_round + 1 as in_round, f.endpoint, f.ordering,
    f.probe, f.breaker_opened, f.failing_since, f.url, f.rate, f.secret_sealed,
    f.previous_secret_sealed, m.n, m.body, m.created_at
from fates f
cross join lateral (
    select n, body, created_at from webhook_messages
    where n = f.message and created_at = f.created_at
    limit 1
) as m

-- name: record
-- A late result of an attempt whose lease had run out is kept in the log; it decides only if it
-- is a success: what arrived need not be sent again. What was answered to a message about a poll
-- that was erased meanwhile is not kept. When the first of those about one subject
-- is done, the next one's turn has come.
with results as materialized (
    select r.* from json_to_recordset(%(results)s) as r (
        delivery bigint, n int, at timestamptz, status int, ms int, error text, excerpt text,
        state text, pause_ms bigint, ordered boolean
    )
),

logged as (
    insert into webhook_attempts (delivery, n, at, status, ms, error, response_excerpt)
    select
        r.delivery, r.n, r.at, r.status, r.ms, r.error,
        case when r.excerpt <> '' and exists (
            select from erased_polls p
            where p.poll_id = (
                select m.poll_id from webhook_messages m
                where m.n = d.message and m.created_at = d.created_at
            )
        ) then '' else r.excerpt end
    from results r
    cross join lateral (
        select message, created_at from webhook_deliveries where id = r.delivery limit 1
    ) as d
    on conflict do nothing
),

changes as materialized (
    select s.* from json_to_recordset(%(standings)s) as s (
        endpoint uuid, succeeded boolean, failing_since timestamptz, probed boolean, opened int,
        pause_ms bigint
    )
),

standings as (
    update webhook_endpoints e set
        failing_since = case
            when s.succeeded then s.failing_since else coalesce(e.failing_since, s.failing_since)
        end,
        breaker_opened = case
            when s.probed then coalesce(s.opened, 0) else greatest(e.breaker_opened, s.opened)
        end,
        breaker_until = case
            when s.probed then now() + s.pause_ms * interval '1 millisecond'
            else greatest(e.breaker_until, now() + s.pause_ms * interval '1 millisecond')
        end
    from changes s
    where
        e.id = any(array(select endpoint from changes)) and e.id = s.endpoint and (
            s.probed or s.pause_ms is not null
            or (s.succeeded and (e.failing_since is not null or s.failing_since is not null))
            or (e.failing_since is null and s.failing_since is not null)
        )
    returning e.id
),

turns as (
    update webhook_deliveries w set next_at = now()
    where
        w.state = 'pending' and w.id = any(array(
            select n.id from results r
            cross join lateral (
                select endpoint, subject from webhook_deliveries where id = r.delivery limit 1
            ) as d
            cross join lateral (
                select id from webhook_deliveries
                where
                    endpoint = d.endpoint and subject = d.subject and state = 'pending'
                    and id > r.delivery and id <> all(array(select delivery from results))
                order by id
                limit 1
            ) as n
            where r.ordered and r.state <> 'pending'
        ))
)

update webhook_deliveries d set
    state = r.state,
    error = r.error,
    next_at = now() + r.pause_ms * interval '1 millisecond',
    done_at = case when r.state = 'pending' then null else now() end
from results r
where
    (select count(*) from standings) >= 0  -- endpoints are locked before deliveries, always
    and d.id = any(array(select delivery from results)) and d.id = r.delivery
    and d.state <> 'delivered'
    and (r.state = 'delivered' or (d.attempts = r.n and d.state = 'pending'))

-- name: disable
update webhook_endpoints set
    state = 'disabled',
    disabled_reason = case when id = any(%(gone)s) then 'gone' else 'failing' end,
    version = version + 1,
    updated_at = now()
where
    state = 'enabled' and (
        id = any(%(gone)s)
        or (id = any(%(failing)s) and failing_since <= now() - %(disable_after)s)
    )
returning id

-- name: bury
-- Nothing more is sent to a disabled endpoint: its open deliveries are dead letters. Where there
-- are more than can be moved in a moment, claims come across the others.
update webhook_deliveries set
    state = 'dead', error = 'endpoint_disabled', done_at = now()
where id in (
    select id from webhook_deliveries
    where endpoint = any(%(endpoints)s) and state = 'pending'
    limit 1000
    for no key update skip locked
)

-- name: look
-- What an operator is shown. What waits for an open breaker or a full endpoint is not overdue.
with recursive waiting (endpoint, next_at) as (
    (
        select endpoint, next_at from webhook_deliveries
        where state = 'pending'
        order by endpoint, next_at
        limit 1
    )
    union all
    select n.* from waiting w
    cross join lateral (
        select d.endpoint, d.next_at from webhook_deliveries d
        where d.state = 'pending' and d.endpoint > w.endpoint
        order by d.endpoint, d.next_at
        limit 1
    ) as n
)

select
    (select count(*) from webhook_deliveries where state = 'pending') as pending,
    (
        select count(*) from webhook_endpoints where state = 'enabled' and breaker_opened > 0
    ) as breakers_open,
    coalesce((
        select extract(epoch from now() - min(w.next_at))::float from waiting w
        join webhook_endpoints e on e.id = w.endpoint
        where w.next_at <= now() and e.state = 'enabled' and e.breaker_until is null
    ), 0.0) as oldest_s

-- name: traceparents
select m.n, coalesce(
    m.traceparent, (select e.metadata ->> 'traceparent' from events e where e.id = m.fact_id)
)
from webhook_messages m
where m.n = any(%(messages)s) and m.created_at = any(%(created_at)s)
