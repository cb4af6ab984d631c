-- name: find_poll
select p.document::text, l.participant_id, clock_timestamp()
from polls p
left join edit_links l on l.poll_id = p.poll_id and l.edit_hash = %(edit_hash)s
where p.poll_id = %(poll_id)s

-- name: read_polls
select document::text from polls where poll_id = any(%(poll_ids)s)

-- name: write_polls
insert into polls (poll_id, state, version, document)
select * from unnest(%(poll_ids)s::uuid[], %(states)s::text[], %(versions)s::int[], %(documents)s::jsonb[])
on conflict (poll_id) do update
set state = excluded.state, version = excluded.version, document = excluded.document

-- name: polls_at
select p.poll_id
from polls p
join unnest(%(poll_ids)s::uuid[], %(versions)s::bigint[]) as wanted (poll_id, version)
    on wanted.poll_id = p.poll_id and wanted.version = p.version

-- name: now
select clock_timestamp()

-- name: learn_edit_links
insert into edit_links (participant_id, poll_id, edit_hash)
select * from unnest(%(participant_ids)s::uuid[], %(poll_ids)s::uuid[], %(edit_hashes)s::text[])
on conflict (participant_id) do update set edit_hash = excluded.edit_hash

-- name: forget_edit_links
delete from edit_links where participant_id = any(%(participant_ids)s)
