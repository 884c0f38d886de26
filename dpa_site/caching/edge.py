"""Empties the cache of the edge on this machine after each takedown.

The worker of each machine deletes the files in nginx's cache directory, which they share. nginx
then finds none and asks the application. Other changes empty nothing: nginx asks for each page
again after a second, and still has the last one if the application fails right after a publish.
"""

import logging
import os
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import F, Min
from django.db.models.functions import Now
from procrastinate.contrib.django.models import ProcrastinateWorker

from dpa_site.caching.version import CacheVersion
from dpa_site.models import Takedown

logger = logging.getLogger("dpa_site.caching.edge")
POLL_INTERVAL = 0.5  # seconds
RETRY_DELAY = 5  # seconds
# A request that began before a takedown may end after it, and nginx stores its response. This is
# longer than proxy_read_timeout in deploy/nginx.conf.
REQUEST_SECONDS = 40
# By the clock of the database. Longer than any edge keeps a page (deploy/edge.sh).
RETENTION = timedelta(minutes=15)
GRACE = timedelta(seconds=10)  # before somebody is told that a worker has not emptied its edge
HEARTBEAT = timedelta(minutes=1)


def empty(root: Path) -> None:
    """Delete all files below `root`. Raises OSError if that is not possible."""
    for directory, _directories, names in os.walk(root, onerror=_raise):
        for name in names:
            Path(directory, name).unlink(missing_ok=True)  # nginx deletes and renames files too


def _raise(error: OSError) -> None:
    raise error


class EdgeCache:
    """The cache directory of the edge on this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.version = 0  # the cache version for which `follow` has done everything
        self.done: set[int] = set()  # the takedowns after which it was emptied
        self.until = 0.0  # by time.monotonic(): each call empties it until then

    def follow(self, version: int) -> None:
        """Empty the cache if something has been taken down.

        Raises OSError or DatabaseError; the next call tries again.
        """
        if version == self.version:
            if time.monotonic() < self.until:
                empty(self.root)
            return
        Takedown.objects.filter(at__lt=Now() - RETENTION).delete()
        takedowns = set(Takedown.objects.values_list("pk", flat=True))
        if new := takedowns - self.done:
            self.until = time.monotonic() + REQUEST_SECONDS
            empty(self.root)
            Takedown.objects.filter(pk__in=new).update(workers=F("workers") + 1)
        self.done, self.version = takedowns, version


def start_emptying(cache_version: CacheVersion) -> None:
    """Start a daemon thread that empties the cache after each takedown, and for those it missed."""
    edge = EdgeCache(Path(settings.EDGE_CACHE_ROOT))
    threading.Thread(
        target=_follow_forever, args=[edge, cache_version], name="edge-cache", daemon=True
    ).start()


def _follow_forever(edge: EdgeCache, cache_version: CacheVersion) -> None:
    while True:
        try:
            edge.follow(cache_version.value)
        except (DatabaseError, OSError):
            logger.warning("Whether the cache of the edge is empty is not known", exc_info=True)
            time.sleep(RETRY_DELAY)
        finally:
            connection.close()
        time.sleep(POLL_INTERVAL)


def not_emptied_since() -> datetime | None:
    """The oldest takedown after which not all running workers, or none, have emptied the edge."""
    workers = ProcrastinateWorker.objects.filter(last_heartbeat__gt=Now() - HEARTBEAT).count()
    late = Takedown.objects.filter(at__lt=Now() - GRACE, workers__lt=max(workers, 1))
    return late.aggregate(Min("at"))["at__min"]
