#!/bin/bash
# Starts PostgreSQL as the upstream image does: gives the volume to its user, becomes that user, and
# runs the scripts of /docker-entrypoint-initdb.d where the data folder is new.
set -euo pipefail
export PGDATA=/var/lib/postgresql/18/docker PATH=/usr/lib/postgresql/18/bin:$PATH
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" /var/run/postgresql
    chown -R postgres:postgres /var/lib/postgresql /var/run/postgresql
    exec setpriv --reuid postgres --regid postgres --clear-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    # shellcheck disable=SC2086
    initdb --username postgres --pwfile "$POSTGRES_PASSWORD_FILE" $POSTGRES_INITDB_ARGS
    echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
    pg_ctl --wait --options '-c listen_addresses=' start
    for script in /docker-entrypoint-initdb.d/*.sh; do
        bash "$script"
    done
    pg_ctl --wait stop
fi
exec "$@" -c 'listen_addresses=*'
