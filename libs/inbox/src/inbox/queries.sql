-- name: introduce
insert into seen (source, key, sequence)
select source, key, 0
from unnest(%(sources)s::text[], %(keys)s::text[]) as place (source, key)
order by source, key
on conflict do nothing

-- name: lock
select source, key, seen.sequence
from seen
join unnest(%(sources)s::text[], %(keys)s::text[]) as place (source, key) using (source, key)
order by source, key
for update of seen

-- name: read
select source, key, seen.sequence
from seen
join unnest(%(sources)s::text[], %(keys)s::text[]) as place (source, key) using (source, key)

-- name: advance
update seen
set sequence = place.sequence
from unnest(%(sources)s::text[], %(keys)s::text[], %(sequences)s::bigint[])
    as place (source, key, sequence)
where seen.source = place.source and seen.key = place.key

-- name: parked_among
select source, key
from parked
join unnest(%(sources)s::text[], %(keys)s::text[]) as place (source, key) using (source, key)

-- name: park
insert into parked (source, key, sequence, reason)
values (%(source)s, %(key)s, %(sequence)s, %(reason)s)
on conflict (source, key) do update
set sequence = excluded.sequence,
    reason = excluded.reason,
    attempts = parked.attempts + 1,
    retried_at = clock_timestamp()

-- name: parked_sequence
select sequence from parked where source = %(source)s and key = %(key)s

-- name: unpark
delete from parked
using unnest(%(sources)s::text[], %(keys)s::text[]) as place (source, key), seen
where parked.source = place.source and parked.key = place.key
    and seen.source = place.source and seen.key = place.key
    and parked.sequence <= seen.sequence

-- name: next_parked
update parked set retried_at = clock_timestamp()
from (
    select source, key from parked where source = %(source)s
    order by retried_at limit %(limit)s
    for update skip locked
) as longest
where parked.source = longest.source and parked.key = longest.key
returning parked.key, parked.retried_at

-- name: let_go
delete from parked
using unnest(%(sources)s::text[], %(keys)s::text[], %(heads)s::bigint[], %(at)s::timestamptz[])
    as asked (source, key, head, at), seen
where parked.source = asked.source and parked.key = asked.key
    and seen.source = asked.source and seen.key = asked.key
    and (
        parked.sequence <= seen.sequence
        or parked.sequence > asked.head and parked.retried_at = asked.at
    )

-- name: parked_count
select count(*) from parked

-- name: reconciled_at
select at from reconciled where source = %(source)s

-- name: reconciled
insert into reconciled (source, at) values (%(source)s, %(at)s)
on conflict (source) do update set at = excluded.at

-- name: introduce_states
insert into seen_states (topic, key, version, erased)
select topic, key, -1, false
from unnest(%(topics)s::text[], %(keys)s::text[]) as place (topic, key)
order by topic, key
on conflict do nothing

-- name: lock_states
select topic, key, version, erased
from seen_states
join unnest(%(topics)s::text[], %(keys)s::text[]) as place (topic, key) using (topic, key)
order by topic, key
for update of seen_states

-- name: advance_states
update seen_states
set version = place.version, erased = place.erased
from unnest(%(topics)s::text[], %(keys)s::text[], %(versions)s::bigint[], %(erased)s::boolean[])
    as place (topic, key, version, erased)
where seen_states.topic = place.topic and seen_states.key = place.key

-- name: never_reconciled
delete from reconciled where source = any(%(sources)s::text[])
