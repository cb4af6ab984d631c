#!/bin/bash
# Writes the secrets that do not exist yet; never replaces one.
set -euo pipefail
cd "$(dirname "$0")"
umask 077
mkdir -p secrets

random() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }
keep() { [ -s "secrets/$1" ] || printf '%s' "$2" > "secrets/$1"; }

for name in postgres-password service-token admin-token encryption-key signing-key grafana-password; do
    keep "$name" "$(random)"
done
for service in poll-api availability recommender event-lifecycle; do
    name=${service//-/_}
    keep "$service-password" "$(random)"
    keep "$service-database-url" "postgresql://$name:$(cat "secrets/$service-password")@postgres:5432/$name"
    # Only for who brings the database to a new version.
    keep "$service-migration-password" "$(random)"
    keep "$service-migration-database-url" \
        "postgresql://${name}_migrator:$(cat "secrets/$service-migration-password")@postgres:5432/$name"
done
# The containers' users read them through the mount; the folder itself stays closed to others.
chmod 0444 secrets/*
chmod 0700 secrets
