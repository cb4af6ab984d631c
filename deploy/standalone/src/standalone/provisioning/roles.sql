-- The roles of one service, made by an administrator in any database of the server; those that
-- are there already stay, with new passwords.
--
--   <service>_owner     owns the database and everything in it; nobody can log in as it
--   <service>           the service: reads and writes rows
--   <service>_migrator  logs in to apply migrations as the owner; only with a password for it
--
-- Told by settings of the session: commontime.service, commontime.password and, if there is to be
-- a migrator, commontime.migration_password.
do $$
declare
    service text := current_setting('commontime.service');
    owner text := service || '_owner';
    migrator text := service || '_migrator';
    migration_password text := current_setting('commontime.migration_password', true);
begin
    if not exists (select from pg_roles where rolname = owner) then
        execute format('create role %I nologin', owner);
    end if;
    -- An administrator who is no superuser must be a member to do anything in the owner's name.
    if not (
        pg_has_role(current_user, owner, 'USAGE') and pg_has_role(current_user, owner, 'SET')
    ) then
        execute format('grant %I to current_user with inherit true, set true', owner);
    end if;
    if not exists (select from pg_roles where rolname = service) then
        execute format('create role %I', service);
    end if;
    execute format(
        'alter role %I login password %L', service, current_setting('commontime.password')
    );
    if migration_password <> '' then
        if not exists (select from pg_roles where rolname = migrator) then
            execute format('create role %I', migrator);
        end if;
        execute format('alter role %I login password %L', migrator, migration_password);
        execute format('grant %I to %I', owner, migrator);
    end if;
end
$$;
