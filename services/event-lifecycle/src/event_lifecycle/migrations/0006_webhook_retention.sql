-- The start of the oldest day that is kept. Days are kept and dropped whole.
create function webhook_oldest_kept(keep interval) returns timestamptz
language sql stable as $$
    select date_trunc('day', now() - keep, 'UTC')
$$;

-- Partitions of days that are over for longer than `keep`, the oldest first.
create function webhook_partitions_behind(keep interval) returns setof text
language sql stable as $$
    select c.relname::text
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    where
        i.inhparent in ('webhook_messages'::regclass, 'webhook_attempts'::regclass)
        and c.relname ~ '_\d{8}$'
        and to_date(right(c.relname, 8), 'YYYYMMDD')::timestamp at time zone 'UTC'
            < webhook_oldest_kept(keep)
    order by right(c.relname, 8), c.relname
$$;

-- Whether it was dropped: messages that a delivery still shows stay. Locked like an append locks,
-- the table first; and before the look, so that nothing comes after it.
create function webhook_drop_partition(name text) returns boolean
language plpgsql as $$
declare
    parent text := regexp_replace(name, '_\d{8}$', '');
    day timestamptz := to_date(right(name, 8), 'YYYYMMDD')::timestamp at time zone 'UTC';
begin
    execute format('lock table only %I in access exclusive mode', parent);
    execute format('lock table %I in access exclusive mode', name);
    if parent = 'webhook_messages' and exists (
        select from webhook_deliveries d
        where d.created_at >= day and d.created_at < day + interval '1 day'
    ) then
        return false;
    end if;
    execute format('drop table %I', name);
    return true;
end
$$;
