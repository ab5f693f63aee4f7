#!/bin/sh
# Makes the passwords and keys that docker-compose.yml hands to the containers as files. It never overwrites one.
set -eu
cd "$(dirname "$0")"

# The containers run as users that do not exist on this machine, so the files themselves have to be readable;
# the folder keeps everybody else out.
mkdir -p secrets
chmod 700 secrets

for name in db_password redis_password secret_key jwt_key; do
    if [ ! -e "secrets/$name" ]; then
        head -c 48 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n' >"secrets/$name"
        echo "made deploy/secrets/$name"
    fi
done
# The password of the mail server is yours to write; empty means that it asks for none.
[ -e secrets/email_password ] || : >secrets/email_password
chmod 444 secrets/*
