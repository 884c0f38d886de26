"""This site with production settings, on a temporary database and temporary folders in var/."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from dpa_site.devtools import embedded_postgres

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "var/bench"
DATABASE = "bench"
MEDIA, SAVED_MEDIA = FOLDER / "media", FOLDER / "media-saved"
# Parts of deploy/nginx.conf that only work in containers, and their replacements.
NGINX_REPLACEMENTS = {
    "listen 8080;": "listen 127.0.0.1:{edge};",
    "include /etc/nginx/site/application.conf;": "set $application http://127.0.0.1:{site};",
    "/etc/nginx/site/": f"{ROOT}/deploy/",
    "/data/uploads/": "{folder}/",
    "access_log /dev/stdout seen;": "access_log off;",
    "/tmp/": "{folder}/",  # noqa: S108  text of that file
}


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def prepare(reuse: bool) -> str:
    """Creates a site with the starter content, sets Django up and returns the site's URL.

    With `reuse`, the site starts from the initial state of the previous run, if there is one. This
    saves the time for migrations.
    """
    server = embedded_postgres.ensure(FOLDER / "postgres")
    port = free_port()
    where = quote(server["HOST"], safe="")
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "dpa_site.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(60),
        # Always the same, because this key encrypted data in the database of the previous run.
        "SIGNATURE_KEY": "for measuring only, not secret: 0123456789 abcdefghijklmnopq",
        "DATABASE_URL": f"postgres://{server['USER']}@{where}:{server['PORT']}/{DATABASE}",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "MEDIA_ROOT": str(MEDIA),
        "WEB_CONCURRENCY": "2",
    }
    if reuse and SAVED_MEDIA.exists():
        _copy(f"{DATABASE}_saved", DATABASE, SAVED_MEDIA, MEDIA)
    else:
        _copy("template0", DATABASE, None, MEDIA)
    for command in (
        ("collectstatic", "--noinput", "--verbosity=0"),
        ("release", "--starter", "--password-file", str(FOLDER / "administrator.txt")),
    ):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    _copy(DATABASE, f"{DATABASE}_saved", MEDIA, SAVED_MEDIA)
    import logging

    import django

    django.setup()
    logging.disable(logging.WARNING)
    return os.environ["SITE_URL"]


def _copy(source: str, target: str, files: Path | None, to_files: Path) -> None:
    _copy_database(source, target)
    shutil.rmtree(to_files, ignore_errors=True)
    if files:
        shutil.copytree(files, to_files)


def _copy_database(source: str, target: str) -> None:
    import psycopg

    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
        # PostgreSQL refuses to copy a database with open connections. Our processes keep one open
        # to listen for notifications.
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [source]
        )
        connection.execute(f"CREATE DATABASE {target} TEMPLATE {source}")


def save_database(name: str) -> None:
    """Copies the current database, so that it can be measured again later."""
    with database("postgres"):  # close the connections to our own database
        _copy_database(DATABASE, name)


@contextmanager
def database(name: str) -> Iterator[None]:
    """Uses another database of the same server within the block."""
    from django.db import connection

    def switch_to(database: str) -> None:
        connection.close()
        connection.close_pool()
        connection.settings_dict["NAME"] = database

    own = connection.settings_dict["NAME"]
    switch_to(name)
    try:
        yield
    finally:
        switch_to(own)


@contextmanager
def run_server(*command: str, port: int) -> Iterator[None]:
    """Runs a server within the block."""
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _wait_for(port, server)
            yield
        finally:
            server.terminate()


def _wait_for(port: int, server: subprocess.Popen) -> None:
    for _attempt in range(600):
        if server.poll() is not None:
            raise RuntimeError(f"{server.args[0]} ended with {server.returncode}")
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"{server.args[0]} does not respond")


@contextmanager
def gunicorn(port: int) -> Iterator[None]:
    bind = f"127.0.0.1:{port}"
    command = (sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "--bind", bind)
    with run_server(*command, "dpa_site.wsgi", port=port):
        yield


@contextmanager
def nginx(configuration: str, port: int) -> Iterator[None]:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if not program:
        raise RuntimeError("nginx is missing: apt install nginx")
    with tempfile.TemporaryDirectory(prefix="bench-nginx-") as folder:
        Path(folder).chmod(0o755)
        file = Path(folder) / "nginx.conf"
        file.write_text(configuration.replace("{folder}", folder))
        options = ("-c", str(file), "-p", folder, "-e", "stderr", "-g", "daemon off;")
        with run_server(program, *options, port=port):
            yield


@contextmanager
def edge(site: int) -> Iterator[int]:
    """Runs nginx with deploy/nginx.conf; yields its port."""
    port = free_port()
    text = (ROOT / "deploy/nginx.conf").read_text()
    for shipped, here in NGINX_REPLACEMENTS.items():
        if shipped not in text:
            raise RuntimeError(f"deploy/nginx.conf no longer says {shipped}")
        text = text.replace(shipped, here.replace("{site}", str(site)).replace("{edge}", str(port)))
    with nginx(text, port):
        yield port


@contextmanager
def static(html: bytes) -> Iterator[int]:
    """Runs nginx with this page as a static file; yields its port."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="bench-html-") as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "index.html").write_bytes(html)
        with nginx(
            "worker_processes auto; pid {folder}/pid; error_log stderr emerg;"
            "events { worker_connections 4096; }"
            "http { include /etc/nginx/mime.types; access_log off; sendfile on; tcp_nopush on;"
            f" server {{ listen 127.0.0.1:{port}; root {folder}; }} }}",
            port,
        ):
            yield port
