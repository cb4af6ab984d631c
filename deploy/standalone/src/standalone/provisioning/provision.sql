-- Makes the database and the roles of one service, or brings those that are there to what this
-- version expects; for psql, as the server's administrator:
--
--   SERVICE=poll_api SERVICE_PASSWORD=… MIGRATION_PASSWORD=… psql -f provision.sql <server's URL>
--
-- The services are poll_api, availability, recommender and event_lifecycle. It may be run again.
\set ON_ERROR_STOP on
\set QUIET on
\set migration_password ''
\getenv service SERVICE
\getenv password SERVICE_PASSWORD
\getenv migration_password MIGRATION_PASSWORD
\pset format unaligned
\pset tuples_only on
set client_min_messages = warning;

select set_config('commontime.service', :'service', false) \g /dev/null
select set_config('commontime.password', :'password', false) \g /dev/null
select set_config('commontime.migration_password', :'migration_password', false) \g /dev/null
\ir roles.sql

select format('create database %I', :'service')
where not exists (select from pg_database where datname = :'service') \gexec

\connect :service
select set_config('commontime.service', :'service', false) \g /dev/null
\ir privileges.sql
