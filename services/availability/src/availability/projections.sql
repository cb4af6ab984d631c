-- name: insert_joined
insert into participants (participant_id, poll_id, edit_hash, joined_at, version, schedule_version)
select c.participant_id, c.poll_id, c.edit_hash, c.joined_at, c.version, c.schedule_version
from json_to_recordset(%(changes)s) as c(
    participant_id uuid, poll_id uuid, edit_hash text, joined_at timestamptz,
    version integer, schedule_version integer)
where c.joined_at is not null
    and not exists (select from erased_polls e where e.poll_id = c.poll_id);

-- name: update_changed
update participants p
set version          = c.version,
    edit_hash        = coalesce(c.edit_hash, p.edit_hash),
    role             = case when c.standing_given then c.role else p.role end,
    weight           = case when c.standing_given then c.weight else p.weight end,
    groups           = case when c.standing_given
                            then array(select json_array_elements_text(c.groups)) else p.groups end,
    schedule         = case when c.schedule_given then nullif(c.schedule::text, 'null')::json
                            else p.schedule end,
    schedule_version = coalesce(c.schedule_version, p.schedule_version)
from json_to_recordset(%(changes)s) as c(
    participant_id uuid, version integer, edit_hash text, standing_given boolean, role text,
    weight integer, groups json, schedule_given boolean, schedule json, schedule_version integer)
where p.participant_id = c.participant_id;

-- name: delete_erased
delete from participants p
using json_to_recordset(%(changes)s) as c(participant_id uuid, erased boolean)
where p.participant_id = c.participant_id and c.erased;
