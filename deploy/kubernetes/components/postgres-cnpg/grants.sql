-- What the service's role may do with what migrations create; who runs this is a member of the
-- owner. The database is named as the service's role. Running it again changes nothing.
do $$
declare
    service text := current_database();
begin
    execute format('set local role %I', service || '_owner');
    execute format('revoke connect, temporary on database %I from public', service);
    execute format('grant connect on database %I to %I', service, service);
    execute format(
        'alter default privileges in schema public '
        'grant select, insert, update, delete on tables to %I', service);
    execute format(
        'alter default privileges in schema public grant usage, select on sequences to %I', service);
end
$$;
