-- Gives the database one is connected to to its owner, and the service what it may do in it; run
-- by an administrator after roles.sql. All of it or nothing: the database's owner tells whether
-- it has been done. What the service has owned itself until now becomes the owner's as it is.
--
-- Told by a setting of the session: commontime.service.
do $$
declare
    service text := current_setting('commontime.service');
    owner text := service || '_owner';
    migrator text := service || '_migrator';
    database text := current_database();
    granted text;
begin
    execute format('alter database %I owner to %I', database, owner);
    execute format('revoke all on database %I from public', database);
    execute format('grant connect on database %I to %I', database, service);
    if exists (select from pg_roles where rolname = migrator) then
        execute format('grant connect on database %I to %I', database, migrator);
    end if;

    execute format(
        'alter default privileges for role %I in schema public '
        'grant select, insert, update, delete on tables to %I', owner, service
    );
    execute format(
        'alter default privileges for role %I in schema public '
        'grant usage on sequences to %I', owner, service
    );
    execute format(
        'alter default privileges for role %I in schema public '
        'grant execute on functions to %I', owner, service
    );

    -- For what is there already, whoever made it.
    if exists (
        select from pg_class
        where relowner = service::regrole and relnamespace = 'public'::regnamespace
    ) then
        if not pg_has_role(current_user, service, 'USAGE') then
            execute format('grant %I to current_user with inherit true', service);
        end if;
        execute format('reassign owned by %I to %I', service, owner);
    end if;
    for granted in
        select case c.relkind when 'S' then 'usage' else 'select, insert, update, delete' end
            || ' on ' || case c.relkind when 'S' then 'sequence ' else '' end || c.oid::regclass
        from pg_class c
        where
            c.relowner = owner::regrole and c.relnamespace = 'public'::regnamespace
            and c.relkind in ('r', 'p', 'v', 'S')
        union all
        select 'execute on function ' || p.oid::regprocedure
        from pg_proc p
        where p.proowner = owner::regrole and p.pronamespace = 'public'::regnamespace
    loop
        execute format('grant %s to %I', granted, service);
    end loop;
    if to_regprocedure('public.restrict_events()') is not null then
        perform public.restrict_events();
    end if;
end
$$;
