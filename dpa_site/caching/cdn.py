"""Tells a content delivery network in front, if there is one, that pages have changed.

All of them at once, by the tag that each bears: no list of addresses can forget one, and none
stands in the queue that a person took back.
"""

import json
import logging
import threading
import time
import urllib.request

from django.conf import settings
from django.db import DatabaseError, connection
from procrastinate import App
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException

from dpa_site.caching.version import CacheVersion

logger = logging.getLogger("dpa_site.caching.cdn")
TAG = "page"
# As Cloudflare, Fastly and bunny.net call it; each takes away its own.
TAG_HEADERS = ("Cache-Tag", "Surrogate-Key", "CDN-Tag")
TASK = "purge_cdn"
LIMIT = 5  # seconds
PAUSE = 0.5  # seconds in which changes that follow each other become one


def purge() -> None:
    """An OSError when the edge does not answer, or does not do it."""
    name, _colon, value = settings.CDN_PURGE_HEADER.partition(": ")
    headers = {"Content-Type": "application/json", **({name: value} if name else {})}
    request = urllib.request.Request(  # noqa: S310  https, as the settings made sure
        settings.CDN_PURGE_URL, json.dumps({"tags": [TAG]}).encode(), headers, method="POST"
    )
    with urllib.request.urlopen(request, timeout=LIMIT) as answer:  # noqa: S310
        answer.read(1000)


def follow() -> None:
    """Has the edge purged after each change, as long as this process lives.

    At the beginning too: something may have changed while no worker was there.
    """
    cache_version = CacheVersion()
    cache_version.listen()
    threading.Thread(target=_follow, args=[cache_version], name="edge", daemon=True).start()


def _follow(cache_version: CacheVersion) -> None:
    told = 0
    while True:
        number = cache_version.number
        if number != told:
            try:
                ask()
                told = number
            except (DatabaseError, ConnectorException):
                logger.warning(
                    "The CDN was not told of a change yet: the database is not available"
                )
            finally:
                connection.close()
        time.sleep(PAUSE)


def ask() -> None:
    """Puts it into the queue: it may take several tries, and nobody waits for it."""
    App(connector=DjangoConnector()).configure_task(TASK).defer()
