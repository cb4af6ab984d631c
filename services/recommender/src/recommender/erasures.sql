-- name: take_turn
-- Many take in facts and names at a time, and nobody beside one who erases.
select pg_advisory_xact_lock_shared(hashtext('recommender erases'));

-- name: take_turn_alone
select pg_advisory_xact_lock(hashtext('recommender erases'));

-- name: erased_among
select poll_id from erased_polls where poll_id = any(%(polls)b::uuid[]);

-- name: bury
insert into erased_polls (poll_id) select unnest(%(polls)b::uuid[]) on conflict do nothing;

-- name: forget_known_polls
delete from known_polls where poll_id = any(%(polls)b::uuid[]);

-- name: forget_poll_history
delete from poll_history where poll_id = any(%(polls)b::uuid[]);

-- name: forget_edit_links
delete from edit_links where poll_id = any(%(polls)b::uuid[]);

-- name: forget_standings
delete from standings where poll_id = any(%(polls)b::uuid[]);

-- name: forget_schedules
delete from schedules where poll_id = any(%(polls)b::uuid[]);

-- name: forget_profiles
delete from profiles where poll_id = any(%(polls)b::uuid[]);

-- name: forget_name_generations
delete from name_generations where poll_id = any(%(polls)b::uuid[]);

-- name: forget_emissions
delete from emissions where poll_id = any(%(polls)b::uuid[]);
