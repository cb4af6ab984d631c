-- name: poll
-- The poll as known here, and what time it is.
select k.document, s.sequence, clock_timestamp()
from known_polls k
join seen s on s.source = 'polls' and s.key = k.poll_id::text
where k.poll_id = %(poll)s;

-- name: person
-- All rows that are about one participant, without the hash of their link.
select p.poll_id, p.participant_id, p.joined_at,
       json_build_object(
           'name', f.name, 'email', f.email, 'note', f.note, 'timezone', f.timezone
       ) as profile,
       json_build_object('role', p.role, 'weight', p.weight, 'groups', p.groups) as standing,
       p.schedule
from participants p join profiles f using (participant_id)
where p.poll_id = %(poll)s and p.participant_id = %(participant)s;
