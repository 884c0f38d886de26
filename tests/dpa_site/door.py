"""The site behind its page cache."""

import time
from datetime import datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import RequestFactory

from dpa_site.caching.page_cache import PageCache
from dpa_site.caching.version import CacheVersion

NOON = datetime(2026, 6, 1, 12, tzinfo=ZoneInfo("America/New_York"))


def set_time(patch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Says what time it is to the page cache, and to those who tell it how long a page is right."""
    patch.setattr(time, "time", moment.timestamp)
    patch.setattr("dpa_site.caching.headers.now", lambda: moment)


class Door:
    """The site behind its page cache, and what came out at the last request."""

    def __init__(self) -> None:
        self.cache_version = CacheVersion()
        self.cache_version.known = True
        self.cache = PageCache(get_wsgi_application(), self.cache_version)
        self.django = self.cache.application

    def ask(self, path: str, method: str = "get", **headers: str) -> SimpleNamespace:
        environ = getattr(RequestFactory(headers=headers), method)(path).environ
        first: list = []
        # As Django's own client does: the end of a request closes what holds this test's rows.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        answer = self.cache(environ, lambda *given: first.extend(given))
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
        return SimpleNamespace(status=int(first[0][:3]), headers=dict(first[1]), body=body)

    def is_kept(self, path: str, **headers: str) -> bool:
        """Whether the second of two requests is answered without Django."""
        self.ask(path, **headers)
        return self.knows(path, **headers)

    def knows(self, path: str, **headers: str) -> bool:
        """Whether the next request is answered without Django."""
        asked = []
        self.cache.application = lambda *given: asked.append(1) or self.django(*given)
        self.ask(path, **headers)
        self.cache.application = self.django
        return not asked
