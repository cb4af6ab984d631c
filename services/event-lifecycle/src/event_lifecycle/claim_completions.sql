-- Completes what is due, in one statement. Deleting the timer is the claim: it commits with the
-- fact and all that follows from it, or not at all.
--
-- Both the timer and its key are locked, and skipped where somebody holds either: a writer takes
-- the key first, so nobody edits a claimed event meanwhile, nothing waits, nothing deadlocks.
-- Events are found by id from the deleted rows: a row's place (ctid) moves with every edit.
--
-- Tables are entered by arrays of keys, and intermediate results are not joined. A join would be
-- planned by what the planner believes of the tables, and of one that was empty a moment ago it
-- believes the wrong thing: it would read the whole of it once for every timer.
with due as materialized (
    select t.key
    from timers t
    join keys k on k.key = t.key
    where t.due_at <= now() and t.due_at >= %(watermark)s
    order by t.due_at
    limit %(limit)s
    for update of t, k skip locked
),

fired as (
    delete from timers where key = any(array(select d.key from due d))
    returning key, due_at
),

completed as (
    update scheduled_events e
    set
        status = 'completed', completed_by = 'timer', version = e.version + 1,
        updated_at = clock_timestamp(), changed = pg_current_xact_id()
    where e.event_id = any(array(select f.key::uuid from fired f)) and e.status = 'pending'
    returning e as event, e.version, e.updated_at as at, e.event_id::text as key
),

counted as (
    update keys set sequence = sequence + 1, updated_at = clock_timestamp()
    where key = any(array(select c.key from completed c))
    returning key, sequence
),

sequences as materialized (
    select jsonb_object_agg(n.key, n.sequence) as of_key from counted n
),

sequenced as materialized (
    select c.*, (s.of_key ->> c.key)::bigint as sequence, uuidv7() as id
    from completed c
    cross join sequences s
),

stored as (
    insert into events (
        stream, version, key, sequence, id, type, schema, data, metadata, recorded_at
    )
    select
        'event-' || c.key, c.version, c.key, c.sequence, c.id,
        'commontime.event.completed.v1', 1,
        (
            select row_to_json(fact)
            from (select c.key as event_id, 'timer' as by, rfc3339(c.at) as completed_at) as fact
        ),
        json_build_object('traceparent', %(traceparent)s::text), c.at
    from sequenced c
    order by c.key
    returning position
),

waiting as (
    insert into outbox (position) select s.position from stored s
),

told as materialized (
    select webhook_announce(array_agg(
        row(
            c.id, 'event.completed', c.key, (c.event).poll_id, c.at, c.sequence,
            webhook_data(c.event)
        )::webhook_told
    ))
    from sequenced c
    where exists (select from webhook_endpoints)
)

select f.key, f.due_at
from fired f
left join (
    select pg_notify('outbox', '') where exists (select from stored)
) as bell on true
left join told on true
