"""A client for the site with its page cache, without a web server."""

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
    """Set the time for the page cache and for the Cache-Control headers."""
    patch.setattr(time, "time", moment.timestamp)
    patch.setattr("dpa_site.caching.headers.now", lambda: moment)


class CachedSite:
    """The WSGI application with its page cache. A test may replace `cache.application`."""

    def __init__(self) -> None:
        self.cache_version = CacheVersion()
        self.cache_version.is_listening = True
        self.cache = PageCache(get_wsgi_application(), self.cache_version)
        self.django = self.cache.application

    def request(self, path: str, method: str = "get", **headers: str) -> SimpleNamespace:
        environ = getattr(RequestFactory(headers=headers), method)(path).environ
        first: list = []
        # Keep the connection of the test's transaction open, as Django's test client does.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        response = self.cache(environ, lambda *given: first.extend(given))
        body = b"".join(response)
        if hasattr(response, "close"):
            response.close()
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
        return SimpleNamespace(status=int(first[0][:3]), headers=dict(first[1]), body=body)

    def is_cached(self, path: str, **headers: str) -> bool:
        """Whether the second of two requests is a cache hit."""
        self.request(path, **headers)
        return self.is_hit(path, **headers)

    def is_hit(self, path: str, **headers: str) -> bool:
        """Whether the next request is a cache hit."""
        calls = []
        self.cache.application = lambda *given: calls.append(1) or self.django(*given)
        self.request(path, **headers)
        self.cache.application = self.django
        return not calls
