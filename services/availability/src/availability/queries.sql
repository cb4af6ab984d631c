-- name: known_polls
select poll_id, document from known_polls where poll_id = any(%(polls)s);

-- name: keep_known_polls
insert into known_polls (poll_id, document)
select * from unnest(%(polls)s::uuid[], %(documents)s::json[])
on conflict (poll_id) do update set document = excluded.document;

-- name: visit
-- The poll as known here, whose edit capability the caller shows, and what time it is.
select k.document, s.sequence, clock_timestamp(), p.participant_id
from known_polls k
join seen s on s.source = 'polls' and s.key = k.poll_id::text
left join participants p on p.poll_id = k.poll_id and p.edit_hash = %(edit_hash)s
where k.poll_id = %(poll)s;

-- name: participant
select p.participant_id, p.version + f.version as version, p.role, p.weight, p.groups, p.joined_at,
       p.answered, f.name, f.email, f.note, f.timezone
from participants p join profiles f using (participant_id)
where p.poll_id = %(poll)s and p.participant_id = %(participant)s;

-- name: schedule
select schedule::text, schedule_version from participants
where poll_id = %(poll)s and participant_id = %(participant)s;

-- name: participants
select p.participant_id, p.version + f.version as version, p.role, p.weight, p.groups, p.joined_at,
       p.answered, f.name, f.email, f.note, f.timezone
from participants p join profiles f using (participant_id)
where p.poll_id = %(poll)s and p.participant_id > %(after)s
order by p.participant_id
limit %(limit)s;

-- name: participants_by_answer
select p.participant_id, p.version + f.version as version, p.role, p.weight, p.groups, p.joined_at,
       p.answered, f.name, f.email, f.note, f.timezone
from participants p join profiles f using (participant_id)
where p.poll_id = %(poll)s and p.answered = %(answered)s and p.participant_id > %(after)s
order by p.participant_id
limit %(limit)s;

-- name: schedules
-- As many as are `bytes` long together, but one at least; `found` counts those within `limit`.
select participant_id, schedule::text, found
from (
    select participant_id, schedule, count(*) over () as found,
        sum(length) over (order by participant_id) - length as bytes_before
    from (
        select participant_id, schedule, coalesce(octet_length(schedule::text), 0) as length
        from participants
        where poll_id = %(poll)s and participant_id > %(after)s
        order by participant_id
        limit %(limit)s
    ) page
) sized
where bytes_before < %(bytes)s
order by participant_id;

-- name: count_participants
select count(*) from participants where poll_id = %(poll)s;

-- name: count_answers
select count(*), count(*) filter (where answered) from participants where poll_id = %(poll)s;

-- name: insert_profile
insert into profiles (participant_id, poll_id, name, email, note, timezone, version)
values (%(participant_id)s, %(poll_id)s, %(name)s, %(email)s, %(note)s, %(timezone)s, 1);

-- name: lock_profile
select poll_id, name, email, note, timezone, version
from profiles where participant_id = %(participant)s for update;

-- name: update_profile
update profiles
set name = %(name)s, email = %(email)s, note = %(note)s, timezone = %(timezone)s,
    version = %(version)s
where participant_id = %(participant_id)s;

-- name: delete_profiles
delete from profiles where participant_id = any(%(participants)s)
returning participant_id, version;

-- name: profiles_after
select participant_id, poll_id, name, email, note, timezone, version
from profiles where participant_id::text > %(after)s
order by participant_id::text
limit %(limit)s;

-- name: erased_among
select poll_id from erased_polls where poll_id = any(%(polls)s);

-- name: note_erased
insert into erased_polls (poll_id) select unnest(%(polls)s::uuid[]) on conflict do nothing;

-- name: delete_known_polls
delete from known_polls where poll_id = any(%(polls)s);

-- name: delete_some_participants
delete from participants
where participant_id in (
    select participant_id from participants where poll_id = any(%(polls)s)
    order by poll_id, participant_id limit %(limit)s
)
returning participant_id;
