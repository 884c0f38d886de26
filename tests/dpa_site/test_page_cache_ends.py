"""What the page cache forgets, and when; what it costs and what operators see of it."""

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
from tests.dpa_site.door import NOON, Door, set_time

MINUTE = timedelta(minutes=1)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """`at(moment)` says what time it is."""

    return partial(set_time, monkeypatch)


def test_a_change_empties_it(door: Door, home: HomePage) -> None:
    door.ask("/")
    home.hero_statement = "Something else"
    home.save_revision().publish()
    assert b"Something else" not in door.ask("/").body
    door.cache_version.increment()
    assert b"Something else" in door.ask("/").body


def test_what_changed_while_it_was_made_is_not_kept(door: Door, home: HomePage) -> None:
    def slow(*given: object) -> object:
        answer = door.django(*given)
        door.cache_version.increment()
        return answer

    door.cache.application = slow
    assert door.ask("/").status == 200
    assert not door.knows("/")


def test_nothing_is_kept_or_sent_while_news_cannot_arrive(door: Door, home: HomePage) -> None:
    assert door.is_kept("/")
    door.cache_version.known = False
    assert not door.is_kept("/")
    door.cache_version.known = True
    assert door.is_kept("/")


def test_what_was_made_while_news_could_not_arrive_is_not_kept(door: Door, home: HomePage) -> None:
    def slow(*given: object) -> object:
        answer = door.django(*given)
        door.cache_version.known = False
        return answer

    door.cache.application = slow
    assert door.ask("/").status == 200
    door.cache_version.known = True
    assert not door.knows("/")


def test_it_ends_with_the_day(door: Door, home: HomePage, at: Callable) -> None:
    midnight = NOON.replace(hour=0) + timedelta(days=1)
    at(midnight - timedelta(seconds=7))
    control = door.ask("/").headers["Cache-Control"]
    assert "s-maxage=7," in control
    assert "stale-while-revalidate=0," in control
    at(midnight - timedelta(seconds=1))
    assert door.knows("/")
    at(midnight)
    assert not door.knows("/")


def test_it_ends_with_the_alert(door: Door, home: HomePage, at: Callable) -> None:
    site = SiteSettings.for_site(home.get_site())
    site.alert_text, site.alert_until = "Beware", NOON + timedelta(seconds=7)
    site.save()
    at(NOON)
    control = door.ask("/").headers["Cache-Control"]
    assert "s-maxage=7," in control
    assert "stale-while-revalidate=0," in control
    at(NOON + timedelta(seconds=6))
    assert door.knows("/")
    at(NOON + timedelta(seconds=7))
    assert not door.knows("/")
    # An alert that has ended says nothing about how long a page stays right.
    assert "s-maxage=10, stale-while-revalidate=10," in door.ask("/").headers["Cache-Control"]


def test_it_ends_after_a_minute_in_case_that_no_news_came(
    door: Door, home: HomePage, at: Callable
) -> None:
    at(NOON)
    door.ask("/")
    at(NOON + MINUTE - timedelta(seconds=1))
    assert door.knows("/")
    at(NOON + MINUTE)
    assert not door.knows("/")


def test_one_thread_makes_what_many_want() -> None:
    cache_version = CacheVersion()
    cache_version.known = True
    begun, go_on, made = threading.Event(), threading.Event(), []

    def application(environ: dict, start_response: Callable) -> object:
        made.append(1)
        begun.set()
        go_on.wait(10)
        environ |= {page_cache.ROUTE: "wagtail_serve", page_cache.UNTIL: 4e9}
        headers = [("Content-Type", "text/html"), ("Cache-Control", "public"), ("ETag", '"1"')]
        start_response("200 OK", headers)
        return Answer()

    class Answer(list):
        def __init__(self) -> None:
            super().__init__([b"page"])

        def close(self) -> None:
            pass

    cache = PageCache(application, cache_version)
    answers: list = []

    def ask() -> None:
        answers.append(cache(RequestFactory().get("/").environ, lambda *_: None))

    readers = [threading.Thread(target=ask) for _ in range(6)]
    readers[0].start()
    assert begun.wait(10)
    for reader in readers[1:]:
        reader.start()
    go_on.set()
    for reader in readers:
        reader.join(10)
    assert answers == [[b"page"]] * 6
    assert len(made) == 1


def test_a_page_that_could_not_be_made_is_made_for_the_next_reader(
    door: Door, home: HomePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_cache, "WAIT_SECONDS", 0.01)

    def broken(*given: object) -> object:
        raise ZeroDivisionError

    door.cache.application = broken
    with pytest.raises(ZeroDivisionError):
        door.ask("/")
    door.cache.application = door.django
    assert door.is_kept("/")


def test_memory_is_bounded_and_the_least_wanted_goes(door: Door, home: HomePage) -> None:
    first, second = (factories.StandardPageFactory(parent=home, slug=one) for one in "ab")
    door.cache = PageCache(door.django, door.cache_version, size=int(size_of(door, "/") * 2.5))
    for path in ("/", first.url, "/", second.url):
        door.ask(path)
    assert door.knows("/")
    assert door.knows(second.url)
    assert not door.knows(first.url)


def test_pages_made_anew_take_no_more_room_than_before(
    door: Door, home: HomePage, at: Callable
) -> None:
    page = factories.StandardPageFactory(parent=home, slug="a")
    door.cache = PageCache(door.django, door.cache_version, size=int(size_of(door, "/") * 2.5))
    for number in range(5):
        at(NOON + number * MINUTE)
        assert not door.knows("/")
        assert not door.knows(page.url)
    assert door.knows("/")
    assert door.knows(page.url)


def size_of(door: Door, path: str) -> int:
    """The bytes of a page in every encoding."""
    encodings = ("identity", "br", "gzip")
    return sum(len(door.ask(path, Accept_Encoding=one).body) for one in encodings)


def test_operators_see_hits_as_they_see_other_requests(
    door: Door, home: HomePage, monkeypatch: pytest.MonkeyPatch
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
        door.ask("/")
    door.ask("/search/?q=words")
    assert {result: count(result) - before[result] for result in before} == {
        "hit": 2,
        "miss": 1,
        "bypass": 1,
    }
    assert [{**line, "ms": 0} for line in lines[:3]] == 3 * [
        {"method": "GET", "route": "wagtail_serve", "status": 200, "ms": 0}
    ]


def test_news_in_the_wrong_order_brings_back_no_older_page(door: Door, home: HomePage) -> None:
    """Threads may hear of two changes in the wrong order."""
    door.ask("/")
    door.cache_version.number -= 1
    assert not door.knows("/")
    door.cache_version.number += 1
    assert door.knows("/")
