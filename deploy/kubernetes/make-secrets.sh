#!/bin/bash
# Writes the secrets that do not exist yet, as files; never replaces one.
#   deploy/kubernetes/make-secrets.sh single-node   (also for dev)
#   deploy/kubernetes/make-secrets.sh prod
# `kubectl apply -k deploy/kubernetes/secrets/single-node` then brings them into the cluster.
set -euo pipefail
case "${1:-}" in
    single-node) server=postgres:5432 options= ;;
    prod) server=commontime-postgres-rw:5432 options='?sslmode=verify-full&sslrootcert=/run/postgres/ca.crt' ;;
    *) echo "usage: $0 single-node|prod" >&2; exit 2 ;;
esac
cd "$(dirname "$0")/secrets/$1"
umask 077
mkdir -p files

random() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }
keep() { [ -s "files/$1" ] || printf '%s' "$2" > "files/$1"; }

for name in service-token admin-token encryption-key signing-key; do
    keep "$name" "$(random)"
done
[ "$1" = prod ] || keep postgres-password "$(random)"
for service in poll-api availability recommender event-lifecycle; do
    database=${service//-/_}
    for role in "$service $database" "$service-migration ${database}_migrator"; do
        read -r name user <<< "$role"
        keep "$name-password" "$(random)"
        keep "$name-database-url" "postgresql://$user:$(cat "files/$name-password")@$server/$database$options"
        keep "$name-user" "$user"
    done
done
