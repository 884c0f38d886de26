"""How gunicorn serves the site. Each worker has threads; each thread serves one request."""

import logging
import os
import re

from dpa_site.logs import WithoutKeys

bind = "0.0.0.0:8000"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
# Loaded once, before the workers: a wrong setting ends the start with its sentence.
preload_app = True
# A worker that leaked is replaced, and not all of them at once.
max_requests = 2000
max_requests_jitter = 500
timeout = 30  # seconds
graceful_timeout = 25
keepalive = 5
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108
# Method, path, status and milliseconds: nothing of the reader, and no query.
accesslog = "-"
access_log_format = "%(m)s %(U)s %(s)s %(M)s ms"

QUOTES_A_READER = re.compile(r"request|ip=|closed|socket", re.IGNORECASE)


def without_readers(record: logging.LogRecord) -> bool:
    """gunicorn quotes the address and the line of a request that it cannot serve; we do not."""
    if QUOTES_A_READER.search(str(record.msg)):
        record.msg, record.args = "A request could not be served", ()
    return True


def on_starting(server: object) -> None:
    logging.getLogger("gunicorn.access").addFilter(WithoutKeys())
    logging.getLogger("gunicorn.error").addFilter(without_readers)
