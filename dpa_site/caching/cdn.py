"""Purges the CDN, if one is configured, when pages change.

Each purge covers all pages and pictures, which have the same cache tag. A purge by URL could miss a
page, and the queued jobs would contain the URLs of withdrawn pages.
"""

import json
import logging
import threading
import time

from django.conf import settings
from django.db import DatabaseError, connection
from procrastinate import App
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException

from actions import http_client
from dpa_site.caching.edge import REQUEST_SECONDS
from dpa_site.caching.version import CacheVersion

logger = logging.getLogger("dpa_site.caching.cdn")
TAG = "page"
# The header names of Cloudflare, Fastly and bunny.net. Each CDN removes its own header.
TAG_HEADERS = ("Cache-Tag", "Surrogate-Key", "CDN-Tag")
TASK, QUEUE = "purge_cdn", "schedule"
TIMEOUT = 5  # seconds for the whole request
# Seconds. Must be longer than the edge treats a page as fresh: an earlier purge would let the CDN
# fetch the old page from the edge. Changes within one interval cause a single purge.
POLL_INTERVAL = 2


def purge() -> None:
    """Send the purge request. Raises OSError if the CDN does not respond or reports an error."""
    name, _colon, value = settings.CDN_PURGE_HEADER.partition(": ")
    headers = {"Content-Type": "application/json", **({name: value} if name else {})}
    body = json.dumps({"tags": [TAG]}).encode()
    status = http_client.post(settings.CDN_PURGE_URL, body, headers, timeout=TIMEOUT)
    if not 200 <= status < 300:
        raise OSError(f"HTTP {status}")


def start_purging(cache_version: CacheVersion) -> None:
    """Start a daemon thread that queues a purge after each change.

    The thread also queues a purge at startup, because pages may have changed while no worker
    was running.
    """
    threading.Thread(
        target=_purge_on_change, args=[cache_version], name="cdn-purge", daemon=True
    ).start()


def _purge_on_change(cache_version: CacheVersion) -> None:
    purged = 0
    while True:
        version = cache_version.value
        time.sleep(POLL_INTERVAL)
        if version != purged:
            try:
                queue_purge()
                purged = version
            except (DatabaseError, ConnectorException):
                logger.warning("The CDN purge was not queued yet: the database is not available")
            finally:
                connection.close()


def queue_purge() -> None:
    """Queue a purge. The worker sends the request, because it may need several attempts.

    Also queues a second purge, REQUEST_SECONDS later. By then, requests that began before the
    change have ended. If the change was a takedown, the edges of all machines have been emptied.
    """
    app = App(connector=DjangoConnector())
    # The lock keeps purges from waiting for the CDN in more than one slot of the queue.
    app.configure_task(TASK, queue=QUEUE, lock=TASK).defer()
    later = {"seconds": REQUEST_SECONDS}
    app.configure_task(TASK, queue=QUEUE, lock=TASK, schedule_in=later).defer()
