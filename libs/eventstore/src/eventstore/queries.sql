-- name: append
select * from append_facts(%s, %s, %s)

-- name: lock_keys
select lock_keys(%s)

-- name: read_stream
select position, stream, version, key, sequence, id, type, data::text, metadata::text, recorded_at
from events where stream = %s order by version

-- name: read_key
select position, stream, version, key, sequence, id, type, data::text, metadata::text, recorded_at
from events where key = %s and sequence > %s order by sequence limit %s

-- name: read_all
select position, stream, version, key, sequence, id, type, data::text, metadata::text, recorded_at
from events order by position

-- name: head
select sequence from keys where key = %s

-- name: heads
select key, sequence from keys
where key > %s and updated_at >= coalesce(%s, '-infinity'::timestamptz)
order by key limit %s

-- name: hold_writers
lock table keys in exclusive mode

-- name: find_answer
select i.request_hash, i.status, i.body_sealed, i.version, coalesce(k.sequence, 0)
from idempotency i left join keys k on k.key = i.key
where i.scope = %s and i.key_hash = %s

-- name: keep_answer
insert into idempotency (
    scope, key_hash, request_hash, status, body_sealed, stream, version, key, created_at
)
values (%s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp())
on conflict do nothing

-- name: forget_answers
delete from idempotency where stream = any(%s)

-- name: purge_answers
delete from idempotency where (scope, key_hash) in (
    select scope, key_hash from idempotency
    where created_at < clock_timestamp() - %s order by scope, key_hash limit %s
    for update skip locked
)

-- name: redact
-- One change after the other is made to a fact's JSON, so that its row is written once.
update events e
set data = (
    with recursive redacted (done, data) as (
        select 0, e.data::jsonb
        union all
        select r.done + 1,
            jsonb_set(r.data, string_to_array(c.change ->> 'path', '.'), c.change -> 'value', false)
        from redacted r
        cross join lateral (select %(changes)s::jsonb -> e.type -> r.done as change) c
        where c.change is not null
    )
    select r.data from redacted r order by r.done desc limit 1
)::json
where e.stream = any(%(streams)s) and e.type = any(%(types)s)
returning e.type, e.data::text
