"""What the page cache forgets, and when; what it costs and what operators see of it."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone
from prometheus_client import REGISTRY
from wagtail.models import Page

from dpa_site import page_cache, sight
from dpa_site.generation import Generation
from dpa_site.page_cache import PageCache
from mission.models import HomePage
from mission.site_settings import SiteSettings
from tests import factories
from tests.dpa_site.door import Door


def test_a_change_empties_it(door: Door, home: HomePage) -> None:
    door.ask("/")
    home.hero_statement = "Something else"
    home.save_revision().publish()
    assert b"Something else" not in door.ask("/").body
    door.generation.moved()
    assert b"Something else" in door.ask("/").body


def test_what_changed_while_it_was_made_is_not_kept(door: Door, home: HomePage) -> None:
    def slow(*given: object) -> object:
        answer = door.django(*given)
        door.generation.moved()
        return answer

    door.cache.application = slow
    assert door.ask("/").status == 200
    door.cache.application = door.django
    assert not door.cache.pages.pages


def test_nothing_is_kept_or_sent_while_news_cannot_arrive(door: Door, home: HomePage) -> None:
    assert door.is_kept("/")
    door.generation.known = False
    assert not door.is_kept("/")
    door.generation.known = True
    assert door.is_kept("/")


def test_it_ends_with_the_day_and_with_the_alert(
    door: Door, home: HomePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.localtime()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    environ: dict = {}

    def application(given: dict, start_response: Callable) -> object:
        answer = door.django(given, start_response)
        environ.update(given)
        return answer

    door.cache.application = application

    def until() -> float:
        door.generation.moved()
        door.ask("/")
        return environ[page_cache.UNTIL]

    assert until() == midnight.timestamp()
    site = SiteSettings.for_site(home.get_site())
    site.alert_text, site.alert_until = "Beware", now + timedelta(seconds=7)
    site.save()
    if site.alert_until < midnight:
        assert until() == site.alert_until.timestamp()
    control = door.ask("/").headers["Cache-Control"]
    seconds = int(control.partition("s-maxage=")[2].partition(",")[0])
    assert seconds <= 7
    assert "stale-while-revalidate=0" in control
    later = site.alert_until.timestamp() + 1
    monkeypatch.setattr(page_cache.time, "time", lambda: later)
    number = door.generation.number
    assert door.cache.pages.find(door.cache.key(RequestFactory().get("/").environ), number) is None


def test_one_thread_makes_what_many_want() -> None:
    generation = Generation()
    generation.known = True
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

    cache = PageCache(application, generation)
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
    assert not cache.being_made


def test_memory_is_bounded_and_the_least_wanted_goes(door: Door, home: HomePage) -> None:
    first, second = (factories.StandardPageFactory(parent=home, slug=one) for one in "ab")
    door.ask("/")
    size = next(iter(door.cache.pages.pages.values())).size
    door.cache = PageCache(door.django, door.generation, size=int(size * 2.5))
    for path in ("/", first.url, "/", second.url):
        door.ask(path)
    assert [key[3] for key in door.cache.pages.pages] == ["/", second.url]
    assert 0 <= door.cache.pages.free < size


def test_operators_see_hits_as_they_see_other_requests(
    door: Door, home: HomePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[dict] = []
    monkeypatch.setattr(sight.logger, "info", lambda _words, extra: lines.append(extra["fields"]))

    def count(result: str) -> float:
        name = "site_page_cache_answers_total"
        return REGISTRY.get_sample_value(name, {"result": result}) or 0

    before = {result: count(result) for result in ("kept", "made", "passed")}
    for _ in range(3):
        door.ask("/")
    door.ask("/search/?q=words")
    assert {result: count(result) - before[result] for result in before} == {
        "kept": 2,
        "made": 1,
        "passed": 1,
    }
    assert [{**line, "ms": 0} for line in lines[:3]] == 3 * [
        {"method": "GET", "route": "wagtail_serve", "status": 200, "ms": 0}
    ]


def test_a_move_of_the_tree_is_no_page_of_another_generation(door: Door, home: HomePage) -> None:
    """Threads may hear of two changes in the wrong order."""
    door.ask("/")
    pages, number = door.cache.pages, door.generation.number
    key = next(iter(pages.pages))
    assert pages.find(key, number - 1) is None
    assert pages.find(key, number) is not None
    assert Page.objects.exists()
