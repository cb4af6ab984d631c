-- name: find_poll
select p.document::text, l.participant_id, clock_timestamp()
from polls p
left join edit_links l on l.poll_id = p.poll_id and l.edit_hash = %(edit_hash)s
where p.poll_id = %(poll_id)s

-- name: read_polls
select document::text from polls where poll_id = any(%(poll_ids)s)

-- name: write_polls
insert into polls (poll_id, state, version, document, owner, invited, window_end)
select poll_id, state, version, document, owner, invited::uuid[], window_end
from unnest(
    %(poll_ids)s::uuid[], %(states)s::text[], %(versions)s::int[], %(documents)s::jsonb[],
    %(owners)s::uuid[], %(invited)s::text[], %(window_ends)s::timestamptz[]
) as p (poll_id, state, version, document, owner, invited, window_end)
on conflict (poll_id) do update
set state = excluded.state, version = excluded.version, document = excluded.document,
    owner = excluded.owner, invited = excluded.invited, window_end = excluded.window_end

-- name: erase_polls
with gone as (
    delete from polls where poll_id = any(%(poll_ids)s)
),
links as (
    delete from edit_links where poll_id = any(%(poll_ids)s)
),
led as (
    delete from leading_times where poll_id = any(%(poll_ids)s)
)
insert into erased_polls (poll_id) select unnest(%(poll_ids)s::uuid[])
on conflict do nothing

-- name: polls_of_account
select p.document::text, coalesce(p.owner = %(account_id)s, false)
from polls p
where p.poll_id = any(array(
    (
        select o.poll_id from polls o
        where o.owner = %(account_id)s and (%(after)s::uuid is null or o.poll_id < %(after)s)
        order by o.poll_id desc limit %(limit)s
    )
    union all
    (
        select i.poll_id from polls i
        where i.invited @> array[%(account_id)s::uuid]
            and (%(after)s::uuid is null or i.poll_id < %(after)s)
        order by i.poll_id desc limit %(limit)s
    )
))
order by p.poll_id desc
limit %(limit)s

-- name: owned_polls
select poll_id from polls where owner = %(owner)s order by poll_id limit %(limit)s

-- name: is_account
select from accounts where account_id = %(account_id)s

-- name: polls_at
select p.poll_id
from polls p
join unnest(%(poll_ids)s::uuid[], %(versions)s::bigint[]) as wanted (poll_id, version)
    on wanted.poll_id = p.poll_id and wanted.version = p.version

-- name: now
select clock_timestamp()

-- name: learn_edit_links
insert into edit_links (participant_id, poll_id, edit_hash)
select l.participant_id, l.poll_id, l.edit_hash
from unnest(%(participant_ids)s::uuid[], %(poll_ids)s::uuid[], %(edit_hashes)s::text[])
    as l (participant_id, poll_id, edit_hash)
where not exists (select from erased_polls e where e.poll_id = l.poll_id)
on conflict (participant_id) do update set edit_hash = excluded.edit_hash

-- name: forget_edit_links
delete from edit_links where participant_id = any(%(participant_ids)s)

-- name: try_to_retire
select pg_try_advisory_lock(hashtextextended('poll-api retention', 0))

-- name: let_others_retire
-- Not left to the end of the connection: the server notices that some time after the client.
select pg_advisory_unlock(hashtextextended('poll-api retention', 0))

-- name: polls_over
select p.poll_id, now() - %(kept)s::interval, now()
from polls p
where p.window_end <= now() - %(kept)s::interval
    and exists (select from retention r where r.begins_at <= now())
order by p.window_end
limit %(limit)s

-- name: forget_links_of_erased
delete from edit_links l using erased_polls e where e.poll_id = l.poll_id
