-- name: try_to_lead
select pg_try_advisory_lock(%(lock)s)

-- name: next_facts
-- A statement does not see its own deletions, hence the condition in `waiting`. No cursor: a
-- position may become visible after a higher one.
with acknowledged as (
    delete from outbox where position = any(%(acknowledged)s::bigint[])
),
waiting as (
    select o.position from outbox o
    where o.position <> all(%(acknowledged)s::bigint[])
    order by o.position
    limit %(limit)s
),
sized as (
    select e.*,
        sum(octet_length(e.data::text)) over (order by e.position) - octet_length(e.data::text)
            as bytes_before
    from waiting join events e using (position)
)
select position, stream, version, key, sequence, id, type, data::text, metadata::text, recorded_at
from sized
where bytes_before < %(bytes)s
order by position

-- name: remove_states
-- What changed while it was on its way has another version by now: it stays and is next.
with acknowledged as (
    select * from unnest(%(topics)s::text[], %(keys)s::text[], %(versions)s::bigint[])
        as a (topic, key, version)
)
delete from outgoing_states o
using (
    -- in the order in which states are published, so that neither waits for the other in turn
    select d.topic, d.key from outgoing_states d
    join acknowledged a using (topic, key, version)
    order by d.topic, d.key
    for update of d
) locked
where (o.topic, o.key) = (locked.topic, locked.key)

-- name: next_states
-- A statement of its own: one that also removes would have to leave out row by row what it removes,
-- which takes seconds where a hundred thousand wait.
select o.topic, o.key, o.version, o.type, o.value::text as body, o.changed_at
from outgoing_states o
order by o.changed_at
limit %(limit)s

-- name: publish_state
with changed as (
    insert into outgoing_states as o (topic, key, version, type, value, changed_at)
    values (
        %(topic)s, %(key)s, %(version)s, %(type)s, %(value)s::json, clock_timestamp()
    )
    on conflict (topic, key) do update
    set version = excluded.version, type = excluded.type, value = excluded.value,
        changed_at = excluded.changed_at
    where excluded.version >= o.version
)
select pg_notify('outbox', '')

-- name: withdraw_states
-- A tombstone that waits stays.
delete from outgoing_states
where topic = %(topic)s and key = any(%(keys)s::text[]) and value is not null

-- name: publish_tombstones
-- In the order in which the relay takes them, so that neither waits for the other in turn.
with buried as (
    insert into outgoing_states as o (topic, key, version, type, value, changed_at)
    select %(topic)s, t.key, t.version, null, null, clock_timestamp()
    from unnest(%(keys)s::text[], %(versions)s::bigint[]) as t (key, version)
    order by t.key collate "C"
    on conflict (topic, key) do update
    set version = excluded.version, type = null, value = null, changed_at = excluded.changed_at
    where excluded.version >= o.version
)
select pg_notify('outbox', '')

-- name: republish_facts
with again as (
    insert into outbox (position)
    select position from events
    where %(key)s::text is null or key = %(key)s::text
    order by position
    on conflict do nothing
    returning position
)
select count(*), pg_notify('outbox', '') from again

-- name: measure
-- Counting stops where it no longer matters how many more there are.
select (select count(*) from (select from outbox limit 100000) as o), s.waiting,
    coalesce(extract(epoch from clock_timestamp() - least(s.oldest, (
        select e.recorded_at from events e where e.position = (select min(position) from outbox)
    ))), 0)::float8
from (
    select count(*) as waiting, min(changed_at) as oldest
    from (select changed_at from outgoing_states limit 100000) as o
) as s
