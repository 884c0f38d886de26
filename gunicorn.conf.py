"""How gunicorn serves the site. Each worker has threads; each thread serves one request."""

import logging
import os
import re
import tempfile

bind = "0.0.0.0:8000"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
# Loaded once, before the workers: a wrong setting ends the start with its sentence.
preload_app = True
# More than these wait in front, where a page that was kept is better than a place in a long queue.
worker_connections = 32
backlog = 64
# A worker that leaked is replaced, and not all of them at once. Most requests are for kept pages,
# which cost next to nothing: with less, a day in the news would replace workers every few seconds.
max_requests = 200_000
max_requests_jitter = 50_000
timeout = 30  # seconds
graceful_timeout = 25
keepalive = 5
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108
control_socket_disable = True  # nobody commands it but by signals, and there is no place for one
accesslog = None  # dpa_site.observability.request_log writes a line for each request
# The workers add up their figures in this folder.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(dir=worker_tmp_dir))

logging.captureWarnings(True)  # Python's own go the way of all messages, as lines of JSON

QUOTES_A_READER = re.compile(r"request|ip=|closed|socket", re.IGNORECASE)


def without_readers(record: logging.LogRecord) -> bool:
    """gunicorn quotes the address and the line of a request that it cannot serve; we do not."""
    if QUOTES_A_READER.search(str(record.msg)):
        record.msg, record.args = "A request could not be served", ()
    return True


def on_starting(server: object) -> None:
    """After the application was loaded, before there is any worker."""
    from django.db import DatabaseError, connection

    from dpa_site import migrations_state

    logging.getLogger("gunicorn.error").addFilter(without_readers)
    try:
        if migrations_state.is_behind():
            raise SystemExit(migrations_state.BEHIND)
    except DatabaseError:
        pass  # it may come back; until then /-/ready says so
    finally:
        connection.close()
        connection.close_pool()  # its threads would not survive the fork


def post_worker_init(worker: object) -> None:
    from dpa_site.caching.version import cache_version

    cache_version.listen()


def child_exit(server: object, worker: object) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)
