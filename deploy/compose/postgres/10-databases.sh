#!/bin/sh
# One database and one role a service, each of them the only ones that may connect to it.
# The PostgreSQL image runs this once, on an empty data directory.
set -eu

for service in registry sharing alerts gateway; do
  psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    --set service="$service" --set password="$(cat "/run/secrets/${service}_database_password")" <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service" ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done
