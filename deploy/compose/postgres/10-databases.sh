#!/bin/sh
# One database and two roles a service, the only ones that may connect to it: the owner migrates, the service's own reads
# and writes what the owner grants it. So a service cannot change what it recorded.
# The PostgreSQL image runs this once, on an empty data directory.
set -eu

for service in registry sharing alerts gateway; do
  psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    --set service="$service" --set password="$(cat "/run/secrets/${service}_database_password")" \
    --set owner="${service}_owner" --set owner_password="$(cat "/run/secrets/${service}_owner_password")" <<'SQL'
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password';
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"owner" ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"service" TO :"service";
SQL
done
