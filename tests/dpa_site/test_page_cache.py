"""The page cache, asked as a web server asks it, in front of the whole of Django."""

import gzip
import threading
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import brotli
import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client import REGISTRY
from wagtail.models import Page, PageViewRestriction

from dpa_site import page_cache, sight
from dpa_site.generation import Generation
from dpa_site.page_cache import PageCache
from mission.models import HomePage
from mission.site_settings import SiteSettings
from stories.models import StoryIndexPage
from tests import factories


class Door:
    """The site behind its page cache, and what came out at the last request."""

    def __init__(self) -> None:
        self.generation = Generation()
        self.generation.known = True
        self.cache = PageCache(get_wsgi_application(), self.generation)
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
        asked = []
        self.cache.application = lambda *given: asked.append(1) or self.django(*given)
        self.ask(path, **headers)
        self.cache.application = self.django
        return not asked


@pytest.fixture
def door(db: None) -> Door:
    return Door()


def test_a_kept_page_costs_no_query_and_is_the_same(
    door: Door, every_page: SimpleNamespace
) -> None:
    for page in vars(every_page).values():
        first = door.ask(page.url)
        with CaptureQueriesContext(connection) as captured:
            second = door.ask(page.url)
        assert not captured.captured_queries
        assert second == first
        from_django = Client().get(page.url)
        assert first.body == from_django.content
        changed = {"ETag", "Vary"}  # which know of encodings
        assert {k: v for k, v in first.headers.items() if k not in changed} == {
            k: v for k, v in from_django.headers.items() if k not in changed
        }
        assert first.headers["ETag"] == f"W/{from_django['ETag']}"


def test_a_kept_page_opens_no_connection(door: Door, home: HomePage) -> None:
    door.ask("/")
    connect, connection.connect = connection.connect, None
    opened, connection.connection = connection.connection, None
    try:
        assert door.ask("/").status == 200
        assert connection.connection is None
    finally:
        connection.connect, connection.connection = connect, opened


@pytest.mark.parametrize(
    ("accepted", "encoding", "decode"),
    [
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
        ("gzip, deflate", "gzip", gzip.decompress),
        ("br;q=0, gzip;q=0.5", "gzip", gzip.decompress),
        ("identity", None, bytes),
        ("", None, bytes),
    ],
)
def test_it_is_sent_as_small_as_the_reader_accepts(
    accepted: str, encoding: str | None, decode: Callable, door: Door, home: HomePage
) -> None:
    plain = door.ask("/").body
    answer = door.ask("/", Accept_Encoding=accepted)
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert decode(answer.body) == plain
    assert answer.headers["Content-Length"] == str(len(answer.body))
    head = door.ask("/", "head", Accept_Encoding=accepted)
    assert (head.body, head.headers) == (b"", answer.headers)


def test_whoever_has_a_page_gets_304_whether_it_was_kept_or_not(
    door: Door, every_page: SimpleNamespace, client: Client
) -> None:
    for page in vars(every_page).values():
        etag = door.ask(page.url).headers["ETag"]
        for known in (etag, f'"other", {etag.removeprefix("W/")}', "*"):
            answer = door.ask(page.url, If_None_Match=known)
            assert (answer.status, answer.body) == (304, b"")
            assert answer.headers["ETag"] == etag
            assert "Content-Length" not in answer.headers
        assert door.ask(page.url, If_None_Match='"other"').status == 200
        assert client.get(page.url, headers={"If-None-Match": etag}).status_code == 304
        # The first to ask has it: the page is kept all the same.
        door.generation.moved()
        assert door.ask(page.url, If_None_Match=etag).status == 304
        assert door.is_kept(page.url)


def test_caches_on_the_way_may_keep_it_for_seconds_and_browsers_ask(
    door: Door, every_page: SimpleNamespace
) -> None:
    for path in (*(page.url for page in vars(every_page).values()), "/sitemap.xml", "/news/feed/"):
        control = door.ask(path).headers["Cache-Control"]
        assert control == (
            "public, max-age=0, s-maxage=10, stale-while-revalidate=10, stale-if-error=600"
        )


@pytest.mark.parametrize("path", ["/sitemap.xml", "/robots.txt", "/stories/feed/", "/not-here/"])
def test_only_pages_are_kept(path: str, door: Door, story_index: StoryIndexPage) -> None:
    factories.StoryPageFactory(parent=story_index, first_published_at=timezone.now())
    assert not door.is_kept(path)
    if path != "/not-here/":
        etag = door.ask(path).headers["ETag"]
        assert door.ask(path, If_None_Match=etag).status == 304


def test_only_queries_that_a_page_knows_are_kept(door: Door, story_index: StoryIndexPage) -> None:
    assert door.is_kept("/stories/?page=1")
    assert not door.is_kept("/stories/?kind=1")  # known to another page alone
    assert not door.is_kept("/?page=1")
    assert not door.is_kept("/stories/?utm_source=somebody")
    assert "Cache-Control" not in door.ask("/stories/?page=1&p=2").headers


def test_what_a_reader_searched_for_is_kept_nowhere(door: Door, home: HomePage) -> None:
    assert not door.is_kept("/search/?q=words")
    assert door.ask("/search/?q=words").headers["Cache-Control"] == "private, no-store"
    assert door.is_kept("/search/")


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "sessionid=1"},
        {"Cookie": "a=b; csrftoken=1"},
        {"Cookie": "messages=1"},
        {"Authorization": "Basic 1"},
    ],
)
def test_whoever_may_be_known_is_answered_by_django(
    headers: dict, door: Door, home: HomePage
) -> None:
    assert door.is_kept("/")
    assert not door.is_kept("/", **headers)


def test_a_page_with_a_password_is_not_kept(door: Door, home: HomePage) -> None:
    page = factories.StandardPageFactory(parent=home, slug="secret")
    PageViewRestriction.objects.create(page=page, password="open", restriction_type="password")
    assert not door.is_kept("/secret/")
    assert "public" not in door.ask("/secret/").headers["Cache-Control"]


def test_what_sets_a_cookie_or_varies_by_one_is_not_kept() -> None:
    environ = {page_cache.UNTIL: 0.0}
    html = [("Content-Type", "text/html"), ("Cache-Control", "public"), ("ETag", '"1"')]
    assert page_cache.may_be_kept(environ, "200 OK", html)
    for more in (("Set-Cookie", "a=b"), ("Vary", "Cookie"), ("Cache-Control", "private")):
        assert not page_cache.may_be_kept(environ, "200 OK", [*html, more])
    assert not page_cache.may_be_kept(environ, "404 Not Found", html)
    assert not page_cache.may_be_kept({}, "200 OK", html)


def test_hosts_and_protocols_do_not_share_pages(door: Door, home: HomePage) -> None:
    assert door.is_kept("/")
    door.cache.application = lambda *_: pytest.fail("asked")
    door.ask("/")
    with pytest.raises(pytest.fail.Exception):
        door.ask("/", Host="localhost")
    with pytest.raises(pytest.fail.Exception):
        door.ask("/", X_Forwarded_Proto="https")


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
