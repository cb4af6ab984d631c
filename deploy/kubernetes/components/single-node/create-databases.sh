#!/bin/bash
# Runs once, when the data folder is new: a database and a role for each service.
set -euo pipefail

for service in poll-api availability recommender event-lifecycle; do
    name=${service//-/_}
    psql --set ON_ERROR_STOP=1 --username postgres \
        --set name="$name" --set password="$(cat "/run/secrets/$service-password")" <<'SQL'
create role :"name" login password :'password';
create database :"name" owner :"name";
revoke connect on database :"name" from public;
SQL
done
