-- Facts stay. Whoever asks, the owner of the table or a superuser, they are neither deleted nor
-- told differently; only erasure takes personal data out of `data` and `metadata`.

create function refuse_to_lose_facts() returns trigger
language plpgsql as $$
begin
    raise exception 'facts are never deleted: % of events is refused', tg_op
        using errcode = 'insufficient_privilege';
end
$$;

create trigger facts_stay before delete or truncate on events
for each statement execute function refuse_to_lose_facts();

create function refuse_to_change_facts() returns trigger
language plpgsql as $$
begin
    raise exception 'of a fact only data and metadata may change, for an erasure'
        using errcode = 'insufficient_privilege';
end
$$;

create trigger facts_stay_the_same before update on events
for each row when (
    (
        old.position, old.stream, old.version, old.key, old.sequence, old.id, old.type,
        old.schema, old.recorded_at
    ) is distinct from (
        new.position, new.stream, new.version, new.key, new.sequence, new.id, new.type,
        new.schema, new.recorded_at
    )
)
execute function refuse_to_change_facts();

-- Takes from everybody who is not the owner what nobody may do with facts. Called again by
-- whoever grants privileges on all tables.
create function restrict_events() returns void
language plpgsql as $$
declare
    granted record;
begin
    for granted in
        select
            case a.grantee when 0 then 'public' else a.grantee::regrole::text end as grantee,
            a.privilege_type as privilege
        from pg_class c, aclexplode(c.relacl) a
        where
            c.oid = 'events'::regclass
            and a.grantee <> c.relowner and a.privilege_type not in ('SELECT', 'INSERT')
    loop
        execute format('revoke %s on events from %s', granted.privilege, granted.grantee);
        if granted.privilege = 'UPDATE' then
            execute format('grant update (data, metadata) on events to %s', granted.grantee);
        end if;
    end loop;
end
$$;

revoke execute on function restrict_events() from public;

select restrict_events();
