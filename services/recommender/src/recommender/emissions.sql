-- name: mark_due
-- Ordered, like everyone who locks several of these rows. Of polls that were erased nothing more
-- is told.
insert into emissions as e (poll_id, due)
select poll_id, 1 from unnest(%(polls)b::uuid[]) as moved (poll_id)
where not exists (select from erased_polls x where x.poll_id = moved.poll_id)
order by poll_id
on conflict (poll_id) do update set due = e.due + 1,
    due_since = case when e.due > e.emitted then e.due_since else now() end;

-- name: oldest_due
-- In seconds; null where nothing waits. A poll that is not known yet is nothing to tell of.
select extract(epoch from clock_timestamp() - min(due_since))::float8 from emissions e
where due > emitted and exists (select from known_polls k where k.poll_id = e.poll_id);

-- name: claim
-- Whoever claims a poll has it for itself for a while; if nothing comes of it, others may.
update emissions e set claimed_at = clock_timestamp()
from (
    select poll_id from emissions
    where due > emitted and claimed_at < clock_timestamp() - %(pause)s::interval
        and exists (select from known_polls k where k.poll_id = emissions.poll_id)
    order by poll_id
    limit %(limit)s
    for update skip locked
) claimed
where e.poll_id = claimed.poll_id
returning e.poll_id, e.due;

-- name: emit
-- The polls whose state is newer than the one told last. Rows are locked in order first.
with computed as (
    select e.poll_id, c.due, c.version, c.state, e.version < c.version as newer
    from emissions e
    join unnest(%(polls)b::uuid[], %(dues)b::bigint[], %(versions)b::bigint[], %(states)s::json[])
        as c (poll_id, due, version, state) using (poll_id)
    order by e.poll_id
    for update of e
)
update emissions e
set emitted = greatest(e.emitted, c.due),
    due_since = now(),
    version = case when c.newer then c.version else e.version end,
    state = case when c.newer then c.state else e.state end
from computed c
where e.poll_id = c.poll_id
returning case when c.newer then e.poll_id end;

-- name: emitted_after
-- Of polls that were erased, that there is nothing.
select key, version, state
from (
    select poll_id::text as key, version, state from emissions where state is not null
    union all
    select poll_id::text, %(last)s, null from erased_polls
) told
where key > %(after)s
order by key
limit %(limit)s;

-- name: emitted_of
select poll_id::text, version, state from emissions
where poll_id = %(poll)s and state is not null
union all
select poll_id::text, %(last)s, null from erased_polls where poll_id = %(poll)s;
