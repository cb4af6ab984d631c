-- Closes the polls whose deadline has come; deleting the timer is the claim.
--
-- A poll that somebody is changing at this moment is left for the next time: its `keys` row is
-- locked then, and writers take that row first. What is read here under both locks is current.
with due as materialized (
    select t.key, t.due_at
    from timers t join keys k using (key)
    where t.due_at >= %(watermark)s and t.due_at <= now()
    order by t.due_at
    limit %(limit)s
    for update of t, k skip locked
),
fired as (
    delete from timers t using due d where t.key = d.key
    returning d.key, d.due_at
),
closed as (
    update polls p
    set state = 'closed', version = p.version + 1,
        document = p.document || jsonb_build_object('state', 'closed', 'version', p.version + 1)
    from fired f
    where p.poll_id = f.key::uuid and p.state = 'open'
    returning f.key, p.version, clock_timestamp() as at
),
counted as (
    update keys k set sequence = k.sequence + 1, updated_at = c.at
    from closed c
    where k.key = c.key
    returning k.key, k.sequence
),
stored as (
    insert into events (
        stream, version, key, sequence, id, type, schema, data, metadata, recorded_at
    )
    select 'poll-' || c.key, c.version, c.key, n.sequence, uuidv7(),
        'commontime.poll.closed.v1', 1,
        json_build_object(
            'poll_id', c.key,
            'reason', 'deadline',
            'closed_at', to_char(c.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        ),
        json_build_object('actor', 'timer'), c.at
    from closed c join counted n on n.key = c.key
    order by c.key
    returning position
),
waiting as (
    insert into outbox (position) select s.position from stored s order by s.position
)
select f.key, f.due_at, c.version, (select pg_notify('outbox', '')) as told
from fired f left join closed c on c.key = f.key
