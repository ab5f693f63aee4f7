# The image of the web server, the job worker and every management command; deploy/entrypoint.sh says which it is.
FROM python:3.13.16-slim-bookworm AS builder
COPY requirements/app.txt /tmp/app.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/app.txt

FROM python:3.13.16-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=site_config.settings \
    FINGERPRINTED_STATIC=1 \
    STATIC_ROOT=/app/staticfiles \
    VAR_DIR=/var/lib/stockroom
# Without a DATABASE_URL the database is a file in VAR_DIR, the one place that this user may write to.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin stockroom \
    && install --directory --owner=stockroom --mode=0700 /var/lib/stockroom
COPY --from=builder /opt/venv /opt/venv
WORKDIR /app
COPY . .
# The keys exist only for this line: settings.py refuses to start without, and collecting files needs no real ones.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_hex())')" \
    JWT_SIGNING_KEY="$(python -c 'import secrets; print(secrets.token_hex())')" \
    ALLOWED_HOSTS=localhost VAR_DIR=/tmp/build \
    python manage.py collectstatic --noinput --verbosity 0 \
    && rm -rf /tmp/build \
    && python -m compileall -q .
USER 10001
EXPOSE 8000
ENTRYPOINT ["deploy/entrypoint.sh"]
CMD ["web"]
