-- name: mark_due
-- Ordered, like everyone who locks several of these rows.
insert into emissions as e (poll_id, due)
select poll_id, 1 from unnest(%(polls)b::uuid[]) poll_id order by poll_id
on conflict (poll_id) do update set due = e.due + 1;

-- name: claim
-- Whoever claims a poll has it for itself for a while; if nothing comes of it, others may.
update emissions e set claimed_at = clock_timestamp()
from (
    select poll_id from emissions
    where due > emitted and claimed_at < clock_timestamp() - %(pause)s::interval
    order by poll_id
    limit %(limit)s
    for update skip locked
) claimed
where e.poll_id = claimed.poll_id
returning e.poll_id, e.due;

-- name: emit
-- One row where the state is newer than the one told last, none otherwise.
update emissions e
set emitted = greatest(e.emitted, %(due)s), version = %(version)s, state = %(state)s::json
where e.poll_id = %(poll)s and e.version < %(version)s
returning e.poll_id;

-- name: nothing_to_emit
update emissions set emitted = greatest(emitted, %(due)s) where poll_id = %(poll)s;

-- name: emitted_after
select poll_id::text, version, state from emissions
where poll_id::text > %(after)s and state is not null
order by poll_id::text
limit %(limit)s;

-- name: emitted_of
select poll_id::text, version, state from emissions
where poll_id = %(poll)s and state is not null;
