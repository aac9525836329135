#!/bin/sh
# Makes what docker-compose.yml cannot run without: passwords, keys, and the .env file.
#
#   sh deploy/compose/init-secrets.sh [ISSUER]
#
# ISSUER is the address that departments call, e.g. https://bangfu.county.example: it stands in every token.
# Default http://127.0.0.1:8080, for trying it out on one machine.
#
# What exists is left as it is: run it again after an upgrade to add what is new. A key that is lost cannot be made
# again, and what it encrypted is lost with it: back the folder up, apart from the database's backups.
set -eu
umask 077

here=$(cd "$(dirname "$0")" && pwd)
secrets=${BANGFU_SECRETS:-$here/secrets}
settings=${BANGFU_ENV_FILE:-$here/../../.env}
issuer=${1:-http://127.0.0.1:8080}

case $issuer in
*/) echo "init-secrets: the issuer must not end in a slash" >&2 && exit 2 ;;
https://* | http://*) ;;
*) echo "init-secrets: the issuer must begin with https:// (or http:// to try it out)" >&2 && exit 2 ;;
esac

# The folder keeps other users of this machine out. The files themselves may be read by all, because a container
# reads them as a user that this machine does not know.
mkdir -p "$secrets"
chmod 0700 "$secrets"

keep() { # keep NAME VALUE: write a secret unless it is there
  if [ ! -e "$secrets/$1" ]; then
    printf '%s' "$2" >"$secrets/.$1.new"
    chmod 0444 "$secrets/.$1.new"
    mv "$secrets/.$1.new" "$secrets/$1"
    echo "init-secrets: made $1"
  fi
}
key() { head -c 32 /dev/urandom | base64 | tr -d '\n'; }
password() { head -c 32 /dev/urandom | base64 | tr -d '=\n' | tr '+/' '-_'; } # fit for a URL

keep postgres_password "$(password)"
for service in registry sharing alerts gateway; do
  keep "${service}_database_password" "$(password)"
  keep "${service}_database_url" \
    "postgresql://$service:$(cat "$secrets/${service}_database_password")@postgres:5432/$service"
  # The role that owns the database, for its migrations alone.
  keep "${service}_owner_password" "$(password)"
  keep "${service}_migration_database_url" \
    "postgresql://${service}_owner:$(cat "$secrets/${service}_owner_password")@postgres:5432/$service"
done
keep registry_encryption_key "$(key)"
keep registry_blind_index_key "$(key)"
# The registry and sharing turn an ID number into the same token; nobody else has this key.
keep token_key "aes-cmac:$(key)"
keep sharing_reject_key "$(key)"
keep alerts_secret_key "$(key)"
keep gateway_key_encryption_key "$(key)"
# Every service proves with it that it has dropped revoked signing keys.
keep replica_key "$(key)"

if [ ! -e "$settings" ]; then
  plain=false port=8080
  case $issuer in
  http://*:*) plain=true port=${issuer##*:} ;;
  http://*) plain=true ;;
  esac
  cat >"$settings.new" <<END
# Read by docker compose. Made by deploy/compose/init-secrets.sh; edit it as you like. No secret is in here.
# The address that departments call; it stands in every token.
BANGFU_ISSUER=$issuer
# true only to try it out: tokens then travel without TLS.
BANGFU_ALLOW_HTTP_ISSUER=$plain
# Where the gateway listens on this machine. Put the reverse proxy that ends TLS in front of it.
BANGFU_BIND=127.0.0.1
BANGFU_PORT=$port
# The images' tag.
BANGFU_VERSION=0.1.0
END
  mv "$settings.new" "$settings"
  echo "init-secrets: made $settings"
fi
echo "init-secrets: secrets are in $secrets"
