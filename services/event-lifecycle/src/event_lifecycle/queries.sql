-- name: insert_events
insert into scheduled_events (
    event_id, version, poll_id, status, details, scheduled_at, updated_at, completed_by
)
select r.event_id, r.version, r.poll_id, r.status, r.details, r.scheduled_at, r.updated_at,
    r.completed_by
from json_to_recordset(%(rows)s) as r (
    event_id uuid, version int, poll_id uuid, status text, details json,
    scheduled_at timestamptz, updated_at timestamptz, completed_by text
)

-- name: update_events
-- What a row does not name stays as it is; who completed an event is forgotten with its status.
update scheduled_events e set
    version = r.version,
    status = coalesce(r.status, e.status),
    details = coalesce(r.details, e.details),
    updated_at = r.updated_at,
    completed_by = case when r.status is null then e.completed_by else r.completed_by end,
    changed = pg_current_xact_id()
from json_to_recordset(%(rows)s) as r (
    event_id uuid, version int, status text, details json, updated_at timestamptz,
    completed_by text
)
where e.event_id = r.event_id

-- name: one_event
select event_id, version, poll_id, status, details, scheduled_at, updated_at, completed_by
from scheduled_events
where event_id = %(event_id)s

-- name: list_events
-- Newest first. Of polls' events those whose poll the credential may see.
select
    e.event_id, e.version, e.poll_id, e.status, e.details, e.scheduled_at, e.updated_at,
    e.completed_by
from scheduled_events e
where
    (%(status)s::text is null or e.status = %(status)s)
    and (%(poll_id)s::uuid is null or e.poll_id = %(poll_id)s)
    and (%(after)s::uuid is null or e.event_id < %(after)s)
    and (
        %(all)s
        or case
            when e.poll_id is null then %(direct)s
            else exists (
                select from known_polls p
                where
                    p.poll_id = e.poll_id
                    and (
                        p.public
                        or p.organiser_hash = %(token_hash)s
                        or (p.by_link and p.answer_hash = %(token_hash)s)
                        or p.owner = %(account_id)s
                        or %(account_id)s = any(p.invited)
                        or exists (
                            select from edit_links l
                            where l.poll_id = p.poll_id and l.edit_hash = %(token_hash)s
                        )
                    )
            )
        end
    )
order by e.event_id desc
limit %(limit)s

-- name: poll_and_participant
select p.document, l.participant_id
from known_polls p
left join edit_links l on l.poll_id = p.poll_id and l.edit_hash = %(token_hash)s
where p.poll_id = %(poll_id)s
limit 1

-- name: known_polls
select poll_id, event_id, document from known_polls where poll_id = any(%(poll_ids)s)

-- name: keep_polls
insert into known_polls (
    poll_id, event_id, public, organiser_hash, answer_hash, owner, invited, by_link, document
)
select
    r.poll_id, r.event_id, r.public, r.organiser_hash, r.answer_hash, r.owner, r.invited,
    r.by_link, r.document
from json_to_recordset(%(rows)s) as r (
    poll_id uuid, event_id uuid, public boolean, organiser_hash text, answer_hash text, owner uuid,
    invited uuid[], by_link boolean, document json
)
on conflict (poll_id) do update set
    event_id = excluded.event_id,
    public = excluded.public,
    organiser_hash = excluded.organiser_hash,
    answer_hash = excluded.answer_hash,
    owner = excluded.owner,
    invited = excluded.invited,
    by_link = excluded.by_link,
    document = excluded.document

-- name: keep_edit_links
insert into edit_links (poll_id, participant_id, edit_hash)
select r.poll_id, r.participant_id, r.edit_hash
from json_to_recordset(%(rows)s) as r (poll_id uuid, participant_id uuid, edit_hash text)
on conflict (poll_id, participant_id) do update set edit_hash = excluded.edit_hash

-- name: drop_edit_links
delete from edit_links l
using json_to_recordset(%(rows)s) as r (poll_id uuid, participant_id uuid)
where l.poll_id = r.poll_id and l.participant_id = r.participant_id
