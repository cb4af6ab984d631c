-- name: list_messages
-- Newest first, with who gets them. `owner`: the poll whose endpoints alone are there for the
-- caller, so that they see the messages that any of these gets. Limits stand in the statement:
-- each message is looked at until there are enough.
select
    m.n, m.kind, m.type, m.subject, m.poll_id, m.created_at, convert_from(m.body, 'UTF8') as body,
    coalesce(d.deliveries, '[]') as deliveries
from webhook_messages m
left join lateral (
    select json_agg(
        json_build_object(
            'id', r.id, 'endpoint', r.endpoint, 'state', r.state, 'attempts', r.attempts,
            'error', r.error, 'done_at', r.done_at
        )
        order by r.id
    ) as deliveries
    from webhook_deliveries r
    join webhook_endpoints e on e.id = r.endpoint
    where
        r.created_at = m.created_at and r.message = m.n
        and (%(owner)s::uuid is null or e.poll_id = %(owner)s)
) as d on true
where
    (%(n)s::bigint is null or m.n = %(n)s)
    and (%(type)s::text is null or m.type = %(type)s)
    and (%(subject)s::text is null or m.subject = %(subject)s)
    and (%(since)s::timestamptz is null or m.created_at >= %(since)s)
    and (%(after)s::bigint is null or m.n < %(after)s)
    and (%(owner)s::uuid is null or (m.poll_id = %(owner)s and d.deliveries is not null))
order by m.n desc
limit %(limit)s
