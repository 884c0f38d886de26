# Two stages:
#
#   build   installs /venv from hashed wheels with pip; hashes and compresses the static files
#   (last)  copies these files, owned by root, without pip; its user may write only to /data

FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    DJANGO_SETTINGS_MODULE=dpa_site.settings.production
RUN python -m venv /venv
COPY requirements.txt /tmp/
RUN /venv/bin/pip install --quiet --require-hashes --only-binary :all: -r /tmp/requirements.txt
COPY . /app
WORKDIR /app
# Placeholder values so that the settings load; none remains in the image.
RUN SECRET_KEY=used-once-while-the-image-is-built-0123456789-abcdefghij \
    SIGNATURE_KEY=used-once-while-the-image-is-built-abcdefghij-0123456789 \
    DATABASE_URL=postgres:///none ALLOWED_HOSTS=localhost SITE_URL=http://localhost \
    /venv/bin/python manage.py collectstatic --noinput --verbosity 0 && \
    /venv/bin/pip uninstall --quiet --yes pip && \
    /venv/bin/python -m dpa_site.devtools.messages compile && \
    /venv/bin/python -m compileall -q /venv /app

FROM postgres:18 AS postgres

FROM python:3.13-slim
# pg_dump and pg_restore must not be older than the server, but Debian's are. So they and their libpq
# are copied from the postgres image; the package libpq5 provides the dependencies of libpq.
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends libpq5 >/dev/null && \
    apt-get clean && rm -rf /var/lib/apt/lists/*
COPY --from=postgres /usr/lib/postgresql/*/bin/pg_dump /usr/lib/postgresql/*/bin/pg_restore /usr/local/bin/
COPY --from=postgres /usr/lib/*-linux-gnu/libpq.so.5* /usr/local/lib/
RUN ldconfig && pg_dump --version && pg_restore --version
RUN groupadd --gid 10001 site && \
    useradd --uid 10001 --gid site --create-home site && \
    install --directory --owner site --group site /data /data/media /data/backups /data/uploads
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=dpa_site.settings.production \
    MEDIA_ROOT=/data/media BACKUP_ROOT=/data/backups
USER site
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --start-interval=1s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/-/live', timeout=2)"]
CMD ["gunicorn", "dpa_site.wsgi"]
