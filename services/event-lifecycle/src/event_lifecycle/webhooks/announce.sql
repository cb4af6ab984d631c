-- name: announce
-- `announced`: what happened to which event, in order.
select webhook_announce(array_agg(
    row(
        a.fact_id, a.type, a.event_id, e.poll_id, a.at, a.sequence, webhook_data(e)
    )::webhook_told
    order by a.n
))
from rows from (
    json_to_recordset(%(announced)s) as (
        fact_id uuid, event_id uuid, type text, at timestamptz, sequence bigint
    )
) with ordinality as a (fact_id, event_id, type, at, sequence, n)
join scheduled_events e on e.event_id = a.event_id
where exists (select from webhook_endpoints)

-- name: tell_of_polls
select webhook_announce(array_agg(
    row(t.fact_id, t.type, t.poll_id, t.poll_id, t.at, t.sequence, t.data)::webhook_told
    order by t.n
))
from rows from (
    json_to_recordset(%(told)s) as (
        fact_id uuid, type text, poll_id uuid, at timestamptz, sequence bigint, data json
    )
) with ordinality as t (fact_id, type, poll_id, at, sequence, data, n)
where t.at > now() - %(within)s

-- name: trace_messages
update webhook_messages m set traceparent = t.traceparent
from unnest(%(fact_ids)s::uuid[], %(at)s::timestamptz[], %(traceparents)s::text[])
    as t (fact_id, at, traceparent)
where
    m.fact_id = any(%(fact_ids)s) and m.created_at = any(%(at)s)
    and m.fact_id = t.fact_id and m.created_at = t.at and m.traceparent is null

-- name: tell_disabled
select webhook_announce(array_agg(
    row(
        uuidv7(), 'endpoint.disabled', e.id, e.poll_id, now(), e.version,
        row_to_json(row(
            e.id, e.description, substring(e.url from '^https?://(\[[^]]*\]|[^/:?#]*)'), e.scope,
            e.poll_id, e.disabled_reason, rfc3339(now())
        )::webhook_disabled)
    )::webhook_told
))
from webhook_endpoints e
where e.id = any(%(endpoints)s)

-- name: tell_test
-- The partner of NOTIFY_URL gets what it knows: a title and a date.
with tested as (
    select
        e,
        row(
            uuidv7(), 'endpoint.test', e.id, e.poll_id, now(), e.version,
            case e.kind
            when 'integration' then (
                select row_to_json(notice)
                from (select 'Test' as title, rfc3339(now()) as starts_at) as notice
            )
            else (
                select row_to_json(test) from (select e.id, e.description) as test
            )
            end
        )::webhook_told as told
    from webhook_endpoints e
    where e.id = %(endpoint)s
),

message as (
    insert into webhook_messages (
        fact_id, kind, type, subject, poll_id, body, created_at, traceparent
    )
    select
        (t.told).fact_id, (t.e).kind, (t.told).type, (t.told).subject, (t.told).poll_id,
        webhook_body((t.e).kind, t.told), (t.told).at,
        %(traceparent)s
    from tested t
    returning n, subject, created_at
)

insert into webhook_deliveries (
    message, endpoint, subject, state, error, next_at, created_at, done_at
)
select
    m.n, (t.e).id, m.subject, q.state, q.error, m.created_at, m.created_at, q.done_at
from message m
cross join tested t
cross join lateral webhook_queued(t.e, m.created_at) as q
returning id
