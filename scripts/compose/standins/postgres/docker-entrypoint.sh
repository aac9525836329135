#!/bin/sh
# What the official image's entrypoint promises, as far as docker-compose.yml uses it: an empty PGDATA is initialised
# with POSTGRES_USER, POSTGRES_PASSWORD(_FILE) and POSTGRES_DB, then the scripts of /docker-entrypoint-initdb.d run
# against a server that only the socket reaches; after that the real one starts.
set -eu

if [ "${1:-}" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=${POSTGRES_USER:-postgres}
  POSTGRES_USER=$user
  if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE"); fi
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then echo "POSTGRES_PASSWORD is not set" >&2 && exit 1; fi
  export POSTGRES_USER POSTGRES_PASSWORD
  mkdir -p "$PGDATA"
  chmod 0700 "$PGDATA"
  printf '%s\n' "$POSTGRES_PASSWORD" >/tmp/password
  # shellcheck disable=SC2086 # several options in one variable, as in the official image
  initdb --username "$user" --pwfile /tmp/password --encoding UTF8 --auth-local trust --auth-host scram-sha-256 \
    ${POSTGRES_INITDB_ARGS:-}
  rm /tmp/password
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
  echo "unix_socket_directories = '/var/run/postgresql'" >>"$PGDATA/postgresql.conf"
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  pg_ctl --wait --options "-c listen_addresses=''" start
  if [ -n "${POSTGRES_DB:-}" ] && [ "$POSTGRES_DB" != postgres ]; then createdb --username "$user" "$POSTGRES_DB"; fi
  for script in /docker-entrypoint-initdb.d/*; do
    echo "running $script"
    case $script in
    *.sql) psql --set ON_ERROR_STOP=1 --no-psqlrc --username "$user" --file "$script" ;;
    *.sh) if [ -x "$script" ]; then "$script"; else . "$script"; fi ;;
    esac
  done
  pg_ctl --wait --mode fast stop
  unset POSTGRES_PASSWORD
fi
exec "$@"
