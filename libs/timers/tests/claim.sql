with due as materialized (
    select t.key from timers t join keys k on k.key = t.key
    where t.due_at <= now() and t.due_at >= %(watermark)s
    order by t.due_at
    limit %(limit)s
    for update of t, k skip locked
),
fired as (
    delete from timers t using due d where t.key = d.key returning t.key, t.due_at
),
completed as (
    update things set status = 'completed', version = version + 1
    from fired f
    where id = f.key and status = 'pending'
    returning f.key, version, f.due_at
),
counted as (
    update keys k set sequence = k.sequence + 1, updated_at = clock_timestamp()
    from completed c
    where k.key = c.key
    returning k.key, k.sequence, c.version
),
stored as (
    insert into events (
        stream, version, key, sequence, id, type, schema, data, metadata, recorded_at
    )
    select 'event-' || key, version, key, sequence, uuidv7(), 'commontime.event.completed.v1', 1,
        json_build_object('event_id', key, 'by', 'timer', 'completed_at', clock_timestamp()),
        json_build_object('traceparent', %(traceparent)s::text), clock_timestamp()
    from counted
    returning position
),
waiting as (
    insert into outbox select position from stored
)
select key, due_at, now() as claimed_at from fired
