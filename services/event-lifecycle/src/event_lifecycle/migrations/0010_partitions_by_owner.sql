-- Partitions are made and dropped by the owner of the tables, whoever calls: the service itself
-- may create and drop nothing. So what is dropped is a partition of a day that is over, and
-- nothing else.

alter function webhook_partitions_ahead(int) security definer set search_path = public, pg_temp;

create or replace function webhook_drop_partition(name text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    parent text := regexp_replace(name, '_\d{8}$', '');
    day timestamptz;
begin
    if name !~ '^webhook_(messages|attempts)_\d{8}$' then
        raise exception '% is no partition of webhooks by day', name
            using errcode = 'insufficient_privilege';
    end if;
    day := to_date(right(name, 8), 'YYYYMMDD')::timestamp at time zone 'UTC';
    if day + interval '1 day' > now() then
        raise exception 'the day of % is not over', name using errcode = 'insufficient_privilege';
    end if;
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

revoke execute on function webhook_partitions_ahead(int), webhook_drop_partition(text) from public;

-- Whoever writes messages and is not the owner could call them until now.
do $$
declare
    caller regrole;
begin
    for caller in
        select a.grantee from pg_class c, aclexplode(c.relacl) a
        where
            c.oid = 'webhook_messages'::regclass
            and a.grantee not in (0, c.relowner) and a.privilege_type = 'INSERT'
    loop
        execute format(
            'grant execute on function '
            'webhook_partitions_ahead(int), webhook_drop_partition(text) to %s', caller
        );
    end loop;
end
$$;
