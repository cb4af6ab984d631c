-- name: hold_writers
-- Whoever stores facts takes rows of this table first, and waits here.
lock table keys in share mode

-- name: export_snapshot
select pg_export_snapshot(), clock_timestamp()

-- name: facts
select (select count(*) from events), (select count(*) from keys),
    (select coalesce(max(position), 0) from events), pg_database_size(current_database())

-- name: tables
select c.relname::text from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
order by c.relname

-- name: migrations
select component, name, checksum from schema_migrations order by component, name

-- name: erased_polls
select 'poll', (data ->> 'poll_id')::uuid, null::uuid, recorded_at
from events where type = 'commontime.poll.erased.v1'

-- name: erased_participants
select 'participant', (data ->> 'participant_id')::uuid, (data ->> 'poll_id')::uuid, recorded_at
from events where type = 'commontime.participant.erased.v1'

-- name: remembers_accounts
select to_regclass('erased_accounts') is not null

-- name: erased_accounts
select 'account', account_id, null::uuid, erased_at from erased_accounts

-- name: heads
select key, sequence from keys

-- name: owner
select pg_get_userbyid(datdba) from pg_database where datname = %s

-- name: rights
-- Who may do what with a database as such; 0 is everybody.
select case a.grantee when 0 then null else pg_get_userbyid(a.grantee) end, a.privilege_type
from pg_database d cross join lateral aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
where d.datname = %s

-- name: others
-- Who else is connected to these databases.
select datname, coalesce(nullif(application_name, ''), backend_type) from pg_stat_activity
where datname = any(%s) and backend_type = 'client backend' and pid <> pg_backend_pid()
order by 1, 2 limit 1

-- name: leap
-- Numbers given after the backup are known outside, like the ids of webhooks: they are not given
-- again to something else.
select setval(s.seqrelid::regclass, coalesce(pg_sequence_last_value(s.seqrelid), 0) + %s)
from pg_sequence s join pg_class c on c.oid = s.seqrelid
where c.relnamespace = 'public'::regnamespace and s.seqtypid = 'bigint'::regtype
