-- name: note_erased
insert into erased_polls (poll_id) select unnest(%(polls)s::uuid[]) on conflict do nothing

-- name: erased_among
select poll_id from erased_polls where poll_id = any(%(polls)s)

-- name: events_of_polls
select poll_id, event_id from scheduled_events where poll_id = any(%(polls)s)

-- name: redact_events
update scheduled_events set
    details = (details::jsonb || '{"title": "", "description": null}')::json,
    changed = pg_current_xact_id()
where poll_id = any(%(polls)s)

-- name: hold_attempts
-- Who records an attempt looks for what is erased in the same statement: with the table held, it
-- has done so before, and is found here, or finds the poll erased.
lock table only webhook_attempts in share row exclusive mode

-- name: messages_of_polls
select n, created_at, body from webhook_messages where poll_id = any(%(polls)s)

-- name: rewrite_messages
update webhook_messages m set body = r.body
from unnest(%(n)s::bigint[], %(created_at)s::timestamptz[], %(body)s::bytea[])
    as r (n, created_at, body)
where m.n = r.n and m.created_at = r.created_at

-- name: redact_attempts
update webhook_attempts a set response_excerpt = ''
from webhook_deliveries d
join webhook_messages m on m.n = d.message and m.created_at = d.created_at
where m.poll_id = any(%(polls)s) and a.delivery = d.id and a.response_excerpt <> ''

-- name: redact_endpoints
update webhook_endpoints set description = null
where poll_id = any(%(polls)s) and description is not null

-- name: delete_known_polls
delete from known_polls where poll_id = any(%(polls)s)

-- name: delete_edit_links
delete from edit_links where poll_id = any(%(polls)s)

-- name: delete_endpoints
-- Of erased polls, those to which there is nothing left to tell. One that somebody is using
-- waits for the next time.
delete from webhook_endpoints
where id = any(array(
    select e.id from webhook_endpoints e
    join erased_polls p on p.poll_id = e.poll_id
    where not exists (
        select from webhook_deliveries d where d.endpoint = e.id and d.state = 'pending'
    )
    limit %(most)s
    for update of e skip locked
))
