#!/bin/bash
# Makes a database and its roles for each service, or brings those that are there to what this
# version expects. Runs by itself when the data folder is new; docs/operate.md says when to run it
# by hand. It may always be run again.
set -euo pipefail
export PGUSER=${PGUSER:-postgres} PGDATABASE=postgres
secrets=${SECRETS:-/run/secrets}

for service in poll-api availability recommender event-lifecycle; do
    SERVICE=${service//-/_} \
    SERVICE_PASSWORD=$(cat "$secrets/$service-password") \
    MIGRATION_PASSWORD=$(cat "$secrets/$service-migration-password") \
        psql --no-psqlrc --file "${PROVISIONING:-/provisioning}/provision.sql"
done
