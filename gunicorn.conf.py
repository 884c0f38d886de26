"""Gunicorn settings. Each worker has threads; each thread serves one request."""

import logging
import os
import re
import tempfile
from pathlib import Path

from dpa_site.settings.server import PORT, WEB_CONCURRENCY

bind = f"0.0.0.0:{PORT}"
workers = WEB_CONCURRENCY
worker_class = "gthread"
threads = 4
# Load the application once, before the workers start, so that gunicorn exits with the error message
# if a setting is invalid.
preload_app = True
# Connections above these limits wait in nginx. If they would have to wait long, nginx serves a
# cached page instead. A worker whose threads are busy accepts only two more connections, so that
# the next ones go to another worker.
worker_connections = threads + 2
backlog = 64
# Restart each worker after this many requests, as a precaution against memory leaks. The jitter
# keeps workers from restarting at the same time. Most requests are cheap cache hits: with a lower
# limit, a traffic peak would restart workers every few seconds.
max_requests = 200_000
max_requests_jitter = 50_000
timeout = 30  # seconds
graceful_timeout = 25
keepalive = 5
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108
forwarder_headers = ""  # no proxy may set SCRIPT_NAME, which would be in every URL on a page
control_socket_disable = True  # signals are enough; the file system may be read-only
accesslog = None  # dpa_site.observability.request_log writes a line for each request
# The workers share this directory, so that their metrics can be added up.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(dir=worker_tmp_dir))

logging.captureWarnings(True)  # log Python warnings as JSON, like all messages

QUOTES_REQUEST = re.compile(r"request|ip=|closed|socket", re.IGNORECASE)


def redact_requests(record: logging.LogRecord) -> bool:
    """Replace messages in which gunicorn quotes the IP address and request line of bad requests."""
    if QUOTES_REQUEST.search(str(record.msg)):
        record.msg, record.args = "A request could not be served", ()
    return True


def on_starting(server: object) -> None:
    """Gunicorn hook: runs after the application is loaded, before workers start."""
    from django.conf import settings
    from django.db import DatabaseError, connection

    from actions.rekeying import WRONG_KEY, EncryptionState
    from dpa_site import error_pages, migrations_state
    from dpa_site.observability import database_log

    logging.getLogger("gunicorn.error").addFilter(redact_requests)
    try:
        if migrations_state.is_behind():
            raise SystemExit(migrations_state.BEHIND)
        if EncryptionState.is_key_wrong():
            raise SystemExit(WRONG_KEY)
        database_log.warn()
    except DatabaseError:
        pass  # the error may be temporary, and /-/ready reports it
    finally:
        connection.close()
        connection.close_pool()  # threads of the pool would not survive the fork
    if settings.ERROR_PAGES_ROOT:
        error_pages.write(Path(settings.ERROR_PAGES_ROOT))


def post_worker_init(worker: object) -> None:
    from dpa_site.caching import edge
    from dpa_site.caching.version import cache_version

    cache_version.listen()
    edge.start_emptying(cache_version)


def child_exit(server: object, worker: object) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)
