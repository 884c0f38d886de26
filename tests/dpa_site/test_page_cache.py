"""The page cache, asked as a web server asks it, in front of the whole of Django."""

import gzip
import re
from collections.abc import Callable
from types import SimpleNamespace

import brotli
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import PageViewRestriction

from dpa_site.caching import page_cache
from mission.models import HomePage
from stories.models import StoryIndexPage
from tests import factories
from tests.dpa_site.door import NOON, Door, set_time


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
        door.cache_version.increment()
        assert door.ask(page.url, If_None_Match=etag).status == 304
        assert door.is_kept(page.url)


def test_caches_on_the_way_may_keep_it_for_seconds_and_browsers_ask(
    door: Door, every_page: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_time(monkeypatch, NOON)
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


def test_nothing_below_the_paths_of_staff_and_of_files_is_kept(
    door: Door, every_page: SimpleNamespace
) -> None:
    saved = f"/-/save/{every_page.issue.pk}/"
    for path in (saved, "/account/login/", "/admin/", "/-/live"):
        assert door.ask(path).status in {200, 302}, path
        assert not door.is_kept(path), path


def test_only_queries_that_a_page_knows_are_kept(door: Door, story_index: StoryIndexPage) -> None:
    assert door.is_kept("/stories/?page=1")
    assert not door.is_kept("/stories/?kind=1")  # known to another page alone
    assert not door.is_kept("/?page=1")
    assert not door.is_kept("/stories/?somebody=1")
    assert "Cache-Control" not in door.ask("/stories/?page=1&p=2").headers


def test_readers_of_a_shared_link_share_its_page(door: Door, story_index: StoryIndexPage) -> None:
    trailed = door.ask("/stories/?fbclid=IwAR-1&utm_source=mail&page=1").body
    both = door.ask("/stories/?issue=&page=1").body
    door.cache.application = lambda *_: pytest.fail("asked")
    for query in ("page=1", "page=1&fbclid=2", "emci=3&page=1&utm_medium=mail"):
        assert door.ask(f"/stories/?{query}").body == trailed
    assert door.ask("/stories/?page=1&issue=").body == both
    assert b"IwAR-1" not in trailed


def test_the_edge_knows_the_same_trails() -> None:
    written = re.search(r"\(\?:(utm_.*?)\)=", page_cache.TRACKING_PARAMETERS.pattern)
    edge = (settings.BASE_DIR / "deploy/nginx.conf").read_text("utf-8")
    assert written
    assert f'"~^(({written[1]})=[^&]*&?)+$" "";' in edge


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


def test_who_is_logged_in_gets_nothing_that_caches_on_the_way_keep(
    home: HomePage, client: Client
) -> None:
    assert client.get("/")["Cache-Control"].startswith("public")
    client.cookies[settings.SESSION_COOKIE_NAME] = "1"
    assert not client.get("/").has_header("Cache-Control")


def test_a_page_with_a_password_is_not_kept(door: Door, home: HomePage) -> None:
    page = factories.StandardPageFactory(parent=home, slug="secret")
    PageViewRestriction.objects.create(page=page, password="open", restriction_type="password")
    assert not door.is_kept("/secret/")
    assert "public" not in door.ask("/secret/").headers["Cache-Control"]


def test_what_sets_a_cookie_or_varies_by_one_is_not_kept() -> None:
    environ = {page_cache.UNTIL: 0.0}
    html = [("Content-Type", "text/html"), ("Cache-Control", "public"), ("ETag", '"1"')]
    assert page_cache.is_cacheable(environ, "200 OK", html)
    for more in (("Set-Cookie", "a=b"), ("Vary", "Cookie"), ("Cache-Control", "private")):
        assert not page_cache.is_cacheable(environ, "200 OK", [*html, more])
    assert not page_cache.is_cacheable(environ, "404 Not Found", html)
    assert not page_cache.is_cacheable({}, "200 OK", html)


def test_hosts_and_protocols_do_not_share_pages(door: Door, home: HomePage) -> None:
    assert door.is_kept("/")
    door.cache.application = lambda *_: pytest.fail("asked")
    door.ask("/")
    with pytest.raises(pytest.fail.Exception):
        door.ask("/", Host="localhost")
    with pytest.raises(pytest.fail.Exception):
        door.ask("/", X_Forwarded_Proto="https")
