-- name: lock_delivery
-- `under_way`: claimed, and nothing came of it yet.
select
    d.state, e.state = 'disabled' as disabled,
    d.attempts > 0 and d.next_at > now() and not exists (
        select from webhook_attempts a where a.delivery = d.id and a.n = d.attempts
    ) as under_way
from webhook_deliveries d
join webhook_endpoints e on e.id = d.endpoint
where
    d.id = %(id)s
    and (%(everything)s or e.id in (select webhook_endpoints_of(%(poll)s, %(account)s)))
for update of d for share of e

-- name: hurry_delivery
update webhook_deliveries set next_at = now() where id = %(id)s

-- name: requeue_delivery
update webhook_deliveries set
    state = 'pending', earlier_attempts = attempts, next_at = now(), done_at = null,
    error = nullif(error, 'endpoint_disabled')
where id = %(id)s

-- name: requeue_some
-- The next of an endpoint's deliveries in a span of time, as long as it is enabled. Looks at a
-- bounded number of rows, and returns how many it queued and where it came to, if anywhere.
with endpoint as materialized (
    select id from webhook_endpoints where id = %(endpoint)s and state = 'enabled' for share
),

looked as materialized (
    select d.id, d.created_at, d.state, row_number() over (order by d.created_at, d.id) as place
    from webhook_deliveries d
    where
        exists (select from endpoint)
        and d.endpoint = %(endpoint)s
        and d.state <> 'pending'
        and d.created_at between %(since)s and %(until)s
        and (d.created_at, d.id) > (%(after_at)s, %(after_id)s)
    order by d.created_at, d.id
    limit %(most)s
),

queued as (
    update webhook_deliveries d set
        state = 'pending',
        earlier_attempts = d.attempts,
        next_at = now() + l.place * interval '1 microsecond',
        done_at = null,
        error = nullif(d.error, 'endpoint_disabled')
    from looked l
    where
        d.id = l.id and d.created_at = l.created_at and d.state = l.state
        and (%(all)s or l.state = 'dead')
    returning d.id
)

select (select count(*) from queued), l.created_at, l.id
from looked l
order by l.place desc
limit 1
