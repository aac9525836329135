#!/bin/sh
# Prints what `bangfu backup` and `bangfu restore` must be told to work on this stack from the machine itself, as root:
#
#   eval "$(sh deploy/compose/host-env.sh)"
#   bangfu backup /backup --keep 14
#
# PostgreSQL publishes no port: the machine reaches it at its container's address.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
secrets=${BANGFU_SECRETS:-$here/secrets}
project=${COMPOSE_PROJECT_NAME:-bangfu}

container() { # container SERVICE: its id, also when it is stopped
  found=$(docker ps --all --quiet --filter "label=com.docker.compose.project=$project" \
    --filter "label=com.docker.compose.service=$1")
  if [ -z "$found" ]; then echo "host-env: the project $project has no container $1" >&2 && exit 1; fi
  echo "$found"
}
tell() { printf "export %s='%s'\n" "$(echo "$1" | tr '[:lower:]' '[:upper:]')" "$2"; }

address=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$(container postgres)")
lake=$(docker inspect --format '{{range .Mounts}}{{if eq .Destination "/var/lib/bangfu"}}{{.Source}}{{end}}{{end}}' \
  "$(container sharing-api)")

for service in registry sharing alerts gateway; do
  tell "${service}_database_url" "$(sed "s/@postgres:/@$address:/" "$secrets/${service}_database_url")"
  tell "${service}_migration_database_url" "$(sed "s/@postgres:/@$address:/" "$secrets/${service}_migration_database_url")"
  tell "${service}_bus_url" kafka:kafka:9092
done
tell sharing_lake_url "$lake/lake"
for key in registry_encryption_key registry_blind_index_key sharing_reject_key alerts_secret_key gateway_key_encryption_key; do
  tell "$key" "$(cat "$secrets/$key")"
done
for service in registry sharing alerts gateway; do tell "${service}_replica_key" "$(cat "$secrets/replica_key")"; done
for service in registry sharing; do tell "${service}_token_key" "$(cat "$secrets/token_key")"; done
