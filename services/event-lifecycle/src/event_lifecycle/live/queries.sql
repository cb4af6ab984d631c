-- name: changes
-- What `before`, an earlier snapshot, did not show and the present one does: of transactions that
-- began after it, and of those it saw unfinished. One row without an event where that is nothing.
select s.snapshot::text, pg_snapshot_xmin(s.snapshot)::text, e.*
from (select pg_current_snapshot() as snapshot) s
left join lateral (
    select
        event_id, version, poll_id, status, details, scheduled_at, updated_at, completed_by
    from scheduled_events
    where
        changed >= pg_snapshot_xmax(%(before)s::pg_snapshot)
        -- A database that was restored elsewhere holds numbers that are not reached yet.
        and changed < pg_snapshot_xmax(s.snapshot)
    union all
    select
        event_id, version, poll_id, status, details, scheduled_at, updated_at, completed_by
    from scheduled_events
    where changed = any(array(select pg_snapshot_xip(%(before)s::pg_snapshot)))
    limit %(limit)s
) e on true

-- name: recent
-- Everything that changed since the cursor, and perhaps a little from before; the latest first.
select
    changed::text, event_id, version, poll_id, status, details, scheduled_at, updated_at,
    completed_by
from scheduled_events
where
    changed >= %(since)s::text::xid8
    and changed < pg_snapshot_xmax(pg_current_snapshot())
order by changed desc
limit %(limit)s

-- name: seers
-- Who of these callers, hashes of capabilities and ids of accounts, may see which of these polls;
-- null stands for everybody.
select poll_id, null from known_polls
where poll_id = any(%(polls)s) and public
union all
select poll_id, organiser_hash from known_polls
where poll_id = any(%(polls)s) and organiser_hash = any(%(hashes)s)
union all
select poll_id, answer_hash from known_polls
where poll_id = any(%(polls)s) and by_link and answer_hash = any(%(hashes)s)
union all
select poll_id, edit_hash from edit_links
where poll_id = any(%(polls)s) and edit_hash = any(%(hashes)s)
union all
select poll_id, a.account::text
from known_polls cross join unnest(%(accounts)s::uuid[]) as a (account)
where poll_id = any(%(polls)s) and (owner = a.account or a.account = any(invited))
