"""Expiry, invalidation, memory limit and metrics of the page cache."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.test import RequestFactory
from prometheus_client import REGISTRY

from dpa_site.caching import page_cache
from dpa_site.caching.page_cache import PageCache
from dpa_site.caching.version import CacheVersion
from dpa_site.observability import request_log
from mission.models import HomePage
from site_settings.models import SiteSettings
from tests import factories
from tests.dpa_site.cached_site import NOON, CachedSite, set_time

MINUTE = timedelta(minutes=1)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """`at(moment)` sets the time."""

    return partial(set_time, monkeypatch)


def test_new_version_clears_cache(cached_site: CachedSite, home: HomePage) -> None:
    cached_site.request("/")
    home.hero_statement = "Something else"
    home.save_revision().publish()
    assert b"Something else" not in cached_site.request("/").body
    cached_site.cache_version.increment()
    assert b"Something else" in cached_site.request("/").body


def test_page_changed_during_rendering_is_not_cached(
    cached_site: CachedSite, home: HomePage
) -> None:
    def render_during_change(*given: object) -> object:
        response = cached_site.django(*given)
        cached_site.cache_version.increment()
        return response

    cached_site.cache.application = render_during_change
    assert cached_site.request("/").status == 200
    assert not cached_site.is_hit("/")


def test_cache_is_bypassed_while_version_is_unknown(
    cached_site: CachedSite, home: HomePage
) -> None:
    assert cached_site.is_cached("/")
    cached_site.cache_version.is_listening = False
    assert not cached_site.is_cached("/")
    cached_site.cache_version.is_listening = True
    assert cached_site.is_cached("/")


def test_page_rendered_while_version_is_unknown_is_not_cached(
    cached_site: CachedSite, home: HomePage
) -> None:
    def render_and_lose_connection(*given: object) -> object:
        response = cached_site.django(*given)
        cached_site.cache_version.is_listening = False
        return response

    cached_site.cache.application = render_and_lose_connection
    assert cached_site.request("/").status == 200
    cached_site.cache_version.is_listening = True
    assert not cached_site.is_hit("/")


def test_cached_page_expires_at_midnight(
    cached_site: CachedSite, home: HomePage, at: Callable
) -> None:
    midnight = NOON.replace(hour=0) + timedelta(days=1)
    at(midnight - timedelta(seconds=7))
    control = cached_site.request("/").headers["Cache-Control"]
    assert "s-maxage=7," in control
    assert "stale-while-revalidate=0," in control
    at(midnight - timedelta(seconds=1))
    assert cached_site.is_hit("/")
    at(midnight)
    assert not cached_site.is_hit("/")


def test_cached_page_expires_with_alert(
    cached_site: CachedSite, home: HomePage, at: Callable
) -> None:
    site = SiteSettings.for_site(home.get_site())
    site.alert_text, site.alert_until = "Beware", NOON + timedelta(seconds=7)
    site.save()
    at(NOON)
    control = cached_site.request("/").headers["Cache-Control"]
    assert "s-maxage=7," in control
    assert "stale-while-revalidate=0," in control
    at(NOON + timedelta(seconds=6))
    assert cached_site.is_hit("/")
    at(NOON + timedelta(seconds=7))
    assert not cached_site.is_hit("/")
    # An alert in the past does not limit the max-age.
    assert (
        "s-maxage=10, stale-while-revalidate=10,"
        in cached_site.request("/").headers["Cache-Control"]
    )


def test_cached_page_expires_after_a_minute(
    cached_site: CachedSite, home: HomePage, at: Callable
) -> None:
    at(NOON)
    cached_site.request("/")
    at(NOON + MINUTE - timedelta(seconds=1))
    assert cached_site.is_hit("/")
    at(NOON + MINUTE)
    assert not cached_site.is_hit("/")


def test_concurrent_misses_render_page_once() -> None:
    cache_version = CacheVersion()
    cache_version.is_listening = True
    begun, go_on, made = threading.Event(), threading.Event(), []

    def application(environ: dict, start_response: Callable) -> object:
        made.append(1)
        begun.set()
        go_on.wait(10)
        environ |= {page_cache.ROUTE: "wagtail_serve", page_cache.UNTIL: 4e9}
        headers = [("Content-Type", "text/html"), ("Cache-Control", "public"), ("ETag", '"1"')]
        start_response("200 OK", headers)
        return Response()

    class Response(list):
        def __init__(self) -> None:
            super().__init__([b"page"])

        def close(self) -> None:
            pass

    cache = PageCache(application, cache_version)
    responses: list = []

    def ask() -> None:
        responses.append(cache(RequestFactory().get("/").environ, lambda *_: None))

    readers = [threading.Thread(target=ask) for _ in range(6)]
    readers[0].start()
    assert begun.wait(10)
    for reader in readers[1:]:
        reader.start()
    go_on.set()
    for reader in readers:
        reader.join(10)
    assert responses == [[b"page"]] * 6
    assert len(made) == 1
    assert not cache.in_progress, "Remove finished pages from `in_progress`."


def test_failed_rendering_is_retried_by_next_request(
    cached_site: CachedSite, home: HomePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_cache, "WAIT_SECONDS", 0.01)

    def broken(*given: object) -> object:
        raise ZeroDivisionError

    cached_site.cache.application = broken
    with pytest.raises(ZeroDivisionError):
        cached_site.request("/")
    cached_site.cache.application = cached_site.django
    assert cached_site.is_cached("/")


def test_size_limit_evicts_least_recently_used_page(
    cached_site: CachedSite, home: HomePage
) -> None:
    first, second = (factories.StandardPageFactory(parent=home, slug=one) for one in "ab")
    cached_site.cache = PageCache(
        cached_site.django, cached_site.cache_version, size=int(size_of(cached_site, "/") * 2.5)
    )
    for path in ("/", first.url, "/", second.url):
        cached_site.request(path)
    assert cached_site.is_hit("/")
    assert cached_site.is_hit(second.url)
    assert not cached_site.is_hit(first.url)


def test_rerendered_pages_replace_their_old_size(
    cached_site: CachedSite, home: HomePage, at: Callable
) -> None:
    page = factories.StandardPageFactory(parent=home, slug="a")
    cached_site.cache = PageCache(
        cached_site.django, cached_site.cache_version, size=int(size_of(cached_site, "/") * 2.5)
    )
    for number in range(5):
        at(NOON + number * MINUTE)
        assert not cached_site.is_hit("/")
        assert not cached_site.is_hit(page.url)
    assert cached_site.is_hit("/")
    assert cached_site.is_hit(page.url)


def size_of(cached_site: CachedSite, path: str) -> int:
    """The size of a page in all encodings, in bytes."""
    encodings = ("identity", "br", "gzip")
    return sum(len(cached_site.request(path, Accept_Encoding=one).body) for one in encodings)


def test_hits_are_logged_and_counted(
    cached_site: CachedSite, home: HomePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[dict] = []
    monkeypatch.setattr(
        request_log.logger, "info", lambda _words, extra: lines.append(extra["fields"])
    )

    def count(result: str) -> float:
        name = "site_page_cache_requests_total"
        return REGISTRY.get_sample_value(name, {"result": result}) or 0

    before = {result: count(result) for result in ("hit", "miss", "bypass")}
    for _ in range(3):
        cached_site.request("/")
    cached_site.request("/search/?q=words")
    assert {result: count(result) - before[result] for result in before} == {
        "hit": 2,
        "miss": 1,
        "bypass": 1,
    }
    assert [{**line, "ms": 0} for line in lines[:3]] == 3 * [
        {"method": "GET", "route": "wagtail_serve", "status": 200, "ms": 0}
    ]


def test_page_of_a_newer_version_is_not_a_hit(cached_site: CachedSite, home: HomePage) -> None:
    """A thread may have read the cache version before it was incremented."""
    cached_site.request("/")
    cached_site.cache_version.value -= 1
    assert not cached_site.is_hit("/")
    cached_site.cache_version.value += 1
    assert cached_site.is_hit("/")
