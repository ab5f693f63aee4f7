#!/bin/sh
# What the container runs: `web`, `worker`, `manage` with any management command, or `healthcheck`.
# Passwords come from files, so they are in no variable that `docker inspect` shows.
set -eu
cd "$(dirname "$0")/.."
export DJANGO_SETTINGS_MODULE=site_config.settings

# The content of a file, safe to stand in a URL.
quoted() {
    python -c 'import pathlib, sys, urllib.parse as u; print(u.quote(pathlib.Path(sys.argv[1]).read_text().strip(), ""))' "$1"
}

if [ -n "${DB_PASSWORD_FILE:-}" ]; then
    password=$(quoted "$DB_PASSWORD_FILE")
    export DATABASE_URL="postgres://${DB_USER:-stockroom}:$password@${DB_HOST:-db}:${DB_PORT:-5432}/${DB_NAME:-stockroom}"
fi
if [ -n "${REDIS_PASSWORD_FILE:-}" ]; then
    password=$(quoted "$REDIS_PASSWORD_FILE")
    export REDIS_URL="redis://:$password@${REDIS_HOST:-redis}:${REDIS_PORT:-6379}/0"
fi

command=${1:-web}
[ $# -eq 0 ] || shift
case $command in
    web | worker | manage) python -m deploy.wait_for_database ;;
esac
case $command in
    web) exec python -m gunicorn -c deploy/gunicorn.conf.py "$@" site_config.wsgi ;;
    worker)
        python manage.py housekeeping # cleans, and has the worker do so every day
        python manage.py catalogue_housekeeping # checks the stock, empties the old trash and so on, by the clock
        exec python manage.py db_worker --interval 1 --no-reload "$@"
        ;;
    manage) exec python manage.py "$@" ;;
    healthcheck) exec python -m deploy.healthcheck "$@" ;;
esac
echo "Unknown command \"$command\": use web, worker, healthcheck, or manage and a management command." >&2
exit 64
