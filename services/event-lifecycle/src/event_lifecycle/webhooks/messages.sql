-- name: list_messages
-- Newest first, with who gets them. Whoever is not the admin sees the messages
-- that any endpoint of their poll or account gets, and only these of who gets them. Limits stand in the statement:
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
        and (%(everything)s or e.id in (select webhook_endpoints_of(%(poll)s, %(account)s)))
) as d on true
where
    (%(n)s::bigint is null or m.n = %(n)s)
    and (%(type)s::text is null or m.type = %(type)s)
    and (%(subject)s::text is null or m.subject = %(subject)s)
    and (%(since)s::timestamptz is null or m.created_at >= %(since)s)
    and (%(after)s::bigint is null or m.n < %(after)s)
    and (
        %(everything)s
        or (m.n, m.created_at) in (
            select o.message, o.created_at from webhook_deliveries o
            where o.endpoint in (select webhook_endpoints_of(%(poll)s, %(account)s))
        )
    )
order by m.n desc
limit %(limit)s
