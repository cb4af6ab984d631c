-- name: set_timers
-- In the order of the keys, as every writer locks rows.
insert into timers (key, due_at)
select key, due_at
from unnest(%(keys)s::text[], %(due)s::timestamptz[]) as new (key, due_at)
order by key collate "C"
on conflict (key) do update set due_at = excluded.due_at

-- name: drop_timers
delete from timers where key = any(
    array(
        select key from timers
        where key = any(%(keys)s::text[])
        order by key
        for update
    )
)

-- name: next_due
-- From the watermark on: the dead rows before it would have to be skipped one by one.
select now(), min(due_at) from timers where due_at >= %(watermark)s::timestamptz

-- name: origins
-- Walks back from the end of each key's facts: first to the one that the timer caused.
select distinct o.traceparent
from unnest(%(keys)s::text[]) as f (key)
cross join lateral (
    select e.sequence from events e
    where e.key = f.key and e.metadata ->> 'traceparent' = %(traceparent)s
    order by e.sequence desc
    limit 1
) as c
cross join lateral (
    select e.metadata ->> 'traceparent' as traceparent from events e
    where e.key = f.key and e.sequence < c.sequence and e.type = any(%(set_by)s)
    order by e.sequence desc
    limit 1
) as o
where o.traceparent is not null
