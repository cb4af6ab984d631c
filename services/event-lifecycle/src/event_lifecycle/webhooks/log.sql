-- name: list_deliveries
-- Newest first, of one endpoint or of all there are.
select l.* from webhook_log l
where
    (%(endpoint)s::uuid is null or l.endpoint = %(endpoint)s)
    and (%(state)s::text is null or l.state = %(state)s)
    and (%(type)s::text is null or l.type = %(type)s)
    and (%(subject)s::text is null or l.subject = %(subject)s)
    and (%(after)s::bigint is null or l.id < %(after)s)
order by l.id desc
limit %(limit)s

-- name: list_deliveries_of
-- The same for each of a poll's or an account's few endpoints by itself: among the deliveries of all they may be
-- far between.
select l.*
from webhook_endpoints e
cross join lateral (
    select o.* from webhook_log o
    where
        o.endpoint = e.id
        and (%(state)s::text is null or o.state = %(state)s)
        and (%(type)s::text is null or o.type = %(type)s)
        and (%(subject)s::text is null or o.subject = %(subject)s)
        and (%(after)s::bigint is null or o.id < %(after)s)
    order by o.id desc
    limit %(limit)s
) as l
where
    e.id in (select webhook_endpoints_of(%(poll)s, %(account)s))
    and (%(endpoint)s::uuid is null or e.id = %(endpoint)s)
order by l.id desc
limit %(limit)s

-- name: one_delivery
select l.* from webhook_log l
join webhook_endpoints e on e.id = l.endpoint
where
    l.id = %(id)s
    and (%(everything)s or e.id in (select webhook_endpoints_of(%(poll)s, %(account)s)))

-- name: list_attempts
select n, at, floor(extract(epoch from at))::bigint as timestamp, status, ms, error,
    response_excerpt
from webhook_attempts
where delivery = %(id)s
order by n, at
