-- name: announce
-- Messages for whoever hears of them, and deliveries: dead ones for disabled endpoints, whose log
-- shows what they missed. `announced`: what happened to which event.
with announced as materialized (
    select a.* from json_to_recordset(%(announced)s) as a (
        fact_id uuid, event_id uuid, type text, at timestamptz, sequence bigint
    )
),

messages as (
    insert into webhook_messages (fact_id, kind, type, subject, poll_id, body, created_at)
    select
        a.fact_id, p.kind, a.type, a.event_id, e.poll_id,
        webhook_body(p.kind, a.type, a.at, a.sequence, e), a.at
    from announced a
    join scheduled_events e on e.event_id = a.event_id
    cross join lateral (
        select distinct w.kind from webhook_endpoints w where webhook_hears(w, a.type, e.poll_id)
    ) as p
    returning n, kind, type, subject, poll_id, created_at
)

insert into webhook_deliveries (
    message, endpoint, subject, state, error, next_at, created_at, done_at
)
select
    m.n, p.id, m.subject, q.state, q.error, m.created_at, m.created_at, q.done_at
from messages m
join webhook_endpoints p on p.kind = m.kind and webhook_hears(p, m.type, m.poll_id)
cross join lateral webhook_queued(p, m.created_at) as q
