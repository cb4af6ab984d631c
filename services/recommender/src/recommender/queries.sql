-- name: visit
-- How far the poll is known here, whose edit capability the caller shows, and the poll itself
-- unless the caller of this statement has it already.
select case when polls.sequence is distinct from %(known)s then k.document end,
       polls.sequence, coalesce(schedules.sequence, 0), coalesce(n.generation, 0),
       e.participant_id
from known_polls k
join seen polls on polls.source = 'polls' and polls.key = k.poll_id::text
left join seen schedules on schedules.source = 'schedules' and schedules.key = k.poll_id::text
left join name_generations n on n.poll_id = k.poll_id
left join edit_links e on e.poll_id = k.poll_id and e.edit_hash = %(edit_hash)s
where k.poll_id = %(poll)s;

-- name: people_since
-- One statement, so that the people are those of just this sequence. One row at least where
-- anything is known, with no participant if nobody has changed.
select seen.sequence, c.participant_id, c.gone, c.weight, c.role, c.groups, c.of_schedule, c.packed
from seen
left join (
    select participant_id::text, gone, weight, role, groups, false as of_schedule,
           null::bytea as packed
    from standings
    where poll_id = %(poll)s and sequence > %(since)s and until is null
    union all
    select participant_id::text, false, null, null, null, true, packed
    from schedules
    where poll_id = %(poll)s and sequence > %(since)s and until is null
) c on true
where seen.source = 'schedules' and seen.key = %(poll)s::uuid::text;

-- name: names
select participant_id::text, name from profiles where poll_id = %(poll)s;

-- name: announce
-- Heard by every replica's feed as soon as the transaction commits.
select pg_notify('recommender', message) from unnest(%(messages)s::text[]) message;

-- name: known_polls
select poll_id, document from known_polls where poll_id = any(%(polls)b::uuid[]);

-- name: keep_known_polls
insert into known_polls (poll_id, document)
select * from unnest(%(polls)b::uuid[], %(documents)s::json[])
on conflict (poll_id) do update set document = excluded.document;

-- name: add_poll_history
insert into poll_history (poll_id, sequence, at, type, document)
select * from unnest(%(polls)b::uuid[], %(sequences)b::bigint[], %(at)b::timestamptz[],
                     %(types)s::text[], %(documents)s::json[]);

-- name: keep_edit_links
-- Of each participant the one that works: what was known of another one opens nothing any more.
insert into edit_links (poll_id, participant_id, edit_hash)
select * from unnest(%(polls)b::uuid[], %(participants)b::uuid[], %(hashes)s::text[])
on conflict (participant_id) do update set edit_hash = excluded.edit_hash;

-- name: add_standings
-- `coalesce` is "is null" in a way for which the index of what is current does not serve: with
-- statistics older than a large poll it would be read from end to end for each fact.
with superseded as (
    update standings s set until = r.sequence
    from unnest(%(polls)b::uuid[], %(participants)b::uuid[], %(sequences)b::bigint[],
                %(first)b::boolean[]) as r (poll_id, participant_id, sequence, first)
    where r.first and s.poll_id = r.poll_id and s.participant_id = r.participant_id
        and coalesce(s.until, 0) = 0
)
insert into standings
    (poll_id, participant_id, sequence, at, until, gone, role, weight, groups)
select * from unnest(%(polls)b::uuid[], %(participants)b::uuid[], %(sequences)b::bigint[],
                     %(at)b::timestamptz[], %(until)b::bigint[], %(gone)b::boolean[],
                     %(roles)s::text[], %(weights)b::integer[], %(groups)s::json[]);

-- name: add_schedules
-- `coalesce`: as above.
with superseded as (
    update schedules s set until = r.sequence
    from unnest(%(polls)b::uuid[], %(participants)b::uuid[], %(sequences)b::bigint[],
                %(first)b::boolean[]) as r (poll_id, participant_id, sequence, first)
    where r.first and s.poll_id = r.poll_id and s.participant_id = r.participant_id
        and coalesce(s.until, 0) = 0
)
insert into schedules (poll_id, participant_id, sequence, at, until, packed)
select * from unnest(%(polls)b::uuid[], %(participants)b::uuid[], %(sequences)b::bigint[],
                     %(at)b::timestamptz[], %(until)b::bigint[], %(packed)b::bytea[]);

-- name: forget_standings
delete from standings where poll_id = any(%(polls)b::uuid[])
    and participant_id = any(%(participants)b::uuid[]);

-- name: forget_schedules
delete from schedules where poll_id = any(%(polls)b::uuid[])
    and participant_id = any(%(participants)b::uuid[]);

-- name: forget_edit_links
delete from edit_links where participant_id = any(%(participants)b::uuid[]);

-- name: forget_names
with forgotten as (
    delete from profiles where participant_id = any(%(participants)b::uuid[]) returning poll_id
)
insert into name_generations (poll_id, generation)
select poll_id, nextval('name_changes')
from (select distinct poll_id from forgotten order by poll_id) polls
on conflict (poll_id) do update set generation = excluded.generation
returning poll_id;

-- name: forget_profiles
-- Of those erased. A new generation in any case: an answer that is kept may show their ids, also
-- where no name of theirs has come.
with forgotten as (
    delete from profiles where participant_id = any(%(participants)b::uuid[])
)
insert into name_generations (poll_id, generation)
select poll_id, nextval('name_changes')
from (select unnest(%(polls)b::uuid[]) as poll_id order by poll_id) polls
on conflict (poll_id) do update set generation = excluded.generation;

-- name: keep_names
-- Not of those who were erased: their tombstone may be on its way.
with kept as (
    insert into profiles (poll_id, participant_id, name)
    select r.poll_id, r.participant_id, r.name
    from unnest(%(polls)b::uuid[], %(participants)b::uuid[], %(names)s::text[])
        as r (poll_id, participant_id, name)
    where not exists (
        select from standings s
        where s.poll_id = r.poll_id and s.participant_id = r.participant_id and s.gone
    )
    on conflict (participant_id) do update set name = excluded.name
    where profiles.name <> excluded.name
    returning poll_id
)
insert into name_generations (poll_id, generation)
select poll_id, nextval('name_changes')
from (select distinct poll_id from kept order by poll_id) polls
on conflict (poll_id) do update set generation = excluded.generation
returning poll_id;

-- name: editors
select edit_hash, participant_id from edit_links
where poll_id = %(poll)s and edit_hash = any(%(hashes)s::text[]);
