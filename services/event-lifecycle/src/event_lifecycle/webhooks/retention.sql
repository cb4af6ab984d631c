-- name: bury_of_disabled
-- What was queued while its endpoint was being disabled. An endpoint that somebody is changing,
-- and a delivery that is being taken, wait for the next time.
with buried as materialized (
    select w.id
    from webhook_endpoints e
    cross join lateral (
        select d.id from webhook_deliveries d
        where d.endpoint = e.id and d.state = 'pending'
        limit %(most)s
        for update skip locked
    ) as w
    where e.state = 'disabled'
    limit %(most)s
    for share of e skip locked
)

update webhook_deliveries d set
    state = 'dead', error = 'endpoint_disabled', done_at = now()
from buried b
where d.id = b.id

-- name: take_turn
-- For as long as the connection lasts, or until the turn is ended.
select pg_try_advisory_lock(hashtextextended('webhook retention', 0))

-- name: end_turn
-- Not left to the end of the connection: the server notices that some time after the client.
select pg_advisory_unlock(hashtextextended('webhook retention', 0))

-- name: partitions_ahead
select webhook_partitions_ahead(%(days)s)

-- name: bury_expired
-- What nobody could be told of in all that time; its message is about to go.
update webhook_deliveries d set state = 'dead', error = 'expired', done_at = now()
where d.id = any(array(
    select w.id from webhook_deliveries w
    where w.created_at < webhook_oldest_kept(%(keep)s) and w.state = 'pending'
    order by w.created_at
    limit %(most)s
    for update skip locked
))

-- name: delete_deliveries
-- What came to an end within the last day can still be seen.
delete from webhook_deliveries d
where d.id = any(array(
    select w.id from webhook_deliveries w
    where
        w.created_at < webhook_oldest_kept(%(keep)s)
        and w.state <> 'pending' and w.done_at < now() - interval '1 day'
    order by w.created_at
    limit %(most)s
    for update skip locked
))

-- name: delete_messages
-- Of days that had no partition.
delete from webhook_messages_default m
where (m.n, m.created_at) in (
    select o.n, o.created_at from webhook_messages_default o
    where
        o.created_at < webhook_oldest_kept(%(keep)s)
        and not exists (
            select from webhook_deliveries d
            where d.created_at = o.created_at and d.message = o.n
        )
    limit %(most)s
)

-- name: delete_attempts
delete from webhook_attempts_default a
where (a.delivery, a.n, a.at) in (
    select o.delivery, o.n, o.at from webhook_attempts_default o
    where o.at < webhook_oldest_kept(%(keep)s)
    limit %(most)s
)

-- name: partitions_behind
select webhook_partitions_behind(%(keep)s)

-- name: drop_partition
select webhook_drop_partition(%(name)s)
