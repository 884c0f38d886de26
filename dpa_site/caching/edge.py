"""Empties the cache of the edge on this machine after each takedown.

`web` and the worker of each machine delete the files in nginx's cache directory, which they share
with nginx.

Other changes do not empty the cache, because nginx asks for each page again after one second
anyway. If the application fails right after a publish, nginx can still serve the old copy.
"""

import logging
import os
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Exists, Min, OuterRef
from django.db.models.functions import Now

from dpa_site.caching.version import CacheVersion
from dpa_site.models import Edge, Takedown

logger = logging.getLogger("dpa_site.caching.edge")
POLL_INTERVAL = 0.5  # seconds
RETRY_DELAY = 5  # seconds
# After a takedown, nginx may still store responses of requests that began before it. So `web`
# and the worker empty the cache for longer than proxy_read_timeout in deploy/nginx.conf.
REQUEST_SECONDS = 40
# How long takedowns are remembered, by the database's clock. Longer than any edge keeps a page
# (deploy/edge.sh).
RETENTION = timedelta(minutes=15)
GRACE = timedelta(seconds=10)  # how long emptying an edge may take before the dashboard warns
HEARTBEAT = 60  # seconds between queries of the takedowns, in case a notification was lost
PREFIX = "edge-"  # begins the name of an empty directory that identifies the cache


def empty(root: Path) -> None:
    """Delete all files below `root`. Raises OSError if that is not possible."""
    for directory, _directories, names in os.walk(root, onerror=_raise):
        for name in names:
            # Ignore missing files, because nginx also deletes and renames files.
            Path(directory, name).unlink(missing_ok=True)


def _raise(error: OSError) -> None:
    raise error


class EdgeCache:
    """The cache directory of the edge on this machine."""

    def __init__(self, root: Path, cache_version: CacheVersion) -> None:
        self.root, self.cache_version = root, cache_version
        self.version = 0  # the last cache version that `follow` has handled completely
        self.notified = 0  # the number of takedowns that this process was notified of
        self.done: set[int] = set()  # the takedowns after which the cache was emptied
        # Values of time.monotonic(): when to query the takedowns again, and until when each call of
        # `follow` empties the cache.
        self.next_query = self.empty_until = 0.0

    def follow(self) -> None:
        """Empty the cache if something has been taken down.

        Empties the cache as soon as a notification has arrived, because the database may fail right
        afterwards. Then queries the database for takedowns that this process was not notified of.
        Raises OSError or DatabaseError; the next call tries again.
        """
        version, notified = self.cache_version.value, self.cache_version.takedowns
        if notified != self.notified:
            self.notified, self.empty_until = notified, time.monotonic() + REQUEST_SECONDS
        if time.monotonic() < self.empty_until:
            empty(self.root)
        is_known = version == self.version and time.monotonic() < self.next_query
        if is_known or not self.cache_version.is_listening:
            return
        edge, _created = Edge.objects.update_or_create(
            name=self.name(), defaults={"seen_at": Now()}
        )
        Takedown.objects.filter(at__lt=Now() - RETENTION).delete()
        Edge.objects.filter(seen_at__lt=Now() - RETENTION).delete()
        takedowns = set(Takedown.objects.values_list("pk", flat=True))
        if new := takedowns - self.done:
            self.empty_until = time.monotonic() + REQUEST_SECONDS
            empty(self.root)
            edge.takedown_set.add(*new)
        self.done, self.version = takedowns, version
        self.next_query = time.monotonic() + HEARTBEAT

    def name(self) -> str:
        """The name of the edge: that of an empty directory, which each of its processes reads."""
        names = sorted(path.name for path in self.root.iterdir() if path.name.startswith(PREFIX))
        if not names:
            names = [f"{PREFIX}{uuid4()}"]
            (self.root / names[0]).mkdir()
        return names[0]


def start_emptying(cache_version: CacheVersion) -> None:
    """Start a thread that empties the cache after each takedown, if EDGE_CACHE_ROOT is set."""
    if settings.EDGE_CACHE_ROOT:
        edge = EdgeCache(Path(settings.EDGE_CACHE_ROOT), cache_version)
        threading.Thread(
            target=_follow_forever, args=[edge], name="edge-cache", daemon=True
        ).start()


def _follow_forever(edge: EdgeCache) -> None:
    while True:
        try:
            edge.follow()
        except (DatabaseError, OSError):
            logger.warning("The cache of the edge could not be checked or emptied", exc_info=True)
            time.sleep(RETRY_DELAY)
        finally:
            connection.close()
        time.sleep(POLL_INTERVAL)


def not_emptied_since() -> datetime | None:
    """The time of the oldest takedown after which an edge has not been emptied, or None.

    An edge counts until RETENTION has passed since `follow` last ran on its machine: until then, it
    may contain pages that were taken down. If there is no edge, every takedown counts.
    """
    edges = Edge.objects.filter(seen_at__gt=Now() - RETENTION)
    late = Takedown.objects.filter(at__lt=Now() - GRACE)
    if edges.exists():
        late = late.filter(Exists(edges.exclude(takedown=OuterRef("pk"))))
    return late.aggregate(Min("at"))["at__min"]
