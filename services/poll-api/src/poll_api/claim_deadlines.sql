-- Closes the polls whose deadline has come; deleting the timer is the claim.
--
-- A poll that somebody is changing at this moment is left for the next time: its `keys` row is
-- locked then, and writers take that row first. What is read here under both locks is current.
--
-- Tables are entered by arrays of keys, and intermediate results are not joined. A join would be
-- planned by what the planner believes of the tables, and of one that was empty a moment ago it
-- believes the wrong thing: it would read the whole of it once for every timer.
with due as materialized (
    select t.key
    from timers t join keys k using (key)
    where t.due_at >= %(watermark)s and t.due_at <= now()
    order by t.due_at
    limit %(limit)s
    for update of t, k skip locked
),
fired as (
    delete from timers where key = any(array(select d.key from due d))
    returning key, due_at
),
closed as (
    update polls p
    set state = 'closed', version = p.version + 1,
        document = p.document || jsonb_build_object('state', 'closed', 'version', p.version + 1)
    where p.poll_id = any(array(select f.key::uuid from fired f)) and p.state = 'open'
    returning p.poll_id::text as key, p.version, clock_timestamp() as at
),
counted as (
    update keys set sequence = sequence + 1, updated_at = clock_timestamp()
    where key = any(array(select c.key from closed c))
    returning key, sequence
),
sequences as materialized (
    select jsonb_object_agg(n.key, n.sequence) as of_key from counted n
),
stored as (
    insert into events (
        stream, version, key, sequence, id, type, schema, data, metadata, recorded_at
    )
    select 'poll-' || c.key, c.version, c.key, (s.of_key ->> c.key)::bigint, uuidv7(),
        'commontime.poll.closed.v1', 1,
        json_build_object(
            'poll_id', c.key,
            'reason', 'deadline',
            'closed_at', to_char(c.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        ),
        json_build_object('actor', 'timer', 'traceparent', %(traceparent)s::text), c.at
    from closed c cross join sequences s
    order by c.key
    returning position
),
waiting as (
    insert into outbox (position) select s.position from stored s
)
select f.key, f.due_at
from fired f
left join (
    select pg_notify('outbox', '') where exists (select from stored)
) as bell on true
