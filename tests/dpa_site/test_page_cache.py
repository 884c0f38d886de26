import gzip
from collections.abc import Callable
from types import SimpleNamespace

import brotli
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import PageViewRestriction

from dpa_site.caching import page_cache
from mission.models import HomePage
from stories.models import StoryIndexPage
from tests import factories
from tests.dpa_site.cached_site import NOON, CachedSite, set_time


def test_hit_needs_no_query_and_equals_miss(
    cached_site: CachedSite, every_page: SimpleNamespace
) -> None:
    for page in vars(every_page).values():
        first = cached_site.request(page.url)
        with CaptureQueriesContext(connection) as captured:
            second = cached_site.request(page.url)
        assert not captured.captured_queries
        assert second == first
        from_django = Client().get(page.url)
        assert first.body == from_django.content
        changed = {"ETag", "Vary"}  # these depend on the encoding
        assert {k: v for k, v in first.headers.items() if k not in changed} == {
            k: v for k, v in from_django.headers.items() if k not in changed
        }
        assert first.headers["ETag"] == f"W/{from_django['ETag']}"


def test_hit_opens_no_database_connection(cached_site: CachedSite, home: HomePage) -> None:
    cached_site.request("/")
    connect, connection.connect = connection.connect, None
    opened, connection.connection = connection.connection, None
    try:
        assert cached_site.request("/").status == 200
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
def test_response_uses_best_accepted_encoding(
    accepted: str, encoding: str | None, decode: Callable, cached_site: CachedSite, home: HomePage
) -> None:
    plain = cached_site.request("/").body
    response = cached_site.request("/", Accept_Encoding=accepted)
    assert response.headers.get("Content-Encoding") == encoding
    assert response.headers["Vary"] == "Accept-Encoding"
    assert decode(response.body) == plain
    assert response.headers["Content-Length"] == str(len(response.body))
    head = cached_site.request("/", "head", Accept_Encoding=accepted)
    assert (head.body, head.headers) == (b"", response.headers)


def test_matching_etag_gets_304_on_hit_and_miss(
    cached_site: CachedSite, every_page: SimpleNamespace, client: Client
) -> None:
    for page in vars(every_page).values():
        etag = cached_site.request(page.url).headers["ETag"]
        for known in (etag, f'"other", {etag.removeprefix("W/")}', "*"):
            response = cached_site.request(page.url, If_None_Match=known)
            assert (response.status, response.body) == (304, b"")
            assert response.headers["ETag"] == etag
            assert "Content-Length" not in response.headers
        assert cached_site.request(page.url, If_None_Match='"other"').status == 200
        assert client.get(page.url, headers={"If-None-Match": etag}).status_code == 304
        # A 304 response to the first request still caches the page.
        cached_site.cache_version.increment()
        assert cached_site.request(page.url, If_None_Match=etag).status == 304
        assert cached_site.is_cached(page.url)


def test_cache_control_allows_seconds_for_shared_caches_only(
    cached_site: CachedSite, every_page: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_time(monkeypatch, NOON)
    for path in (*(page.url for page in vars(every_page).values()), "/sitemap.xml", "/news/feed/"):
        control = cached_site.request(path).headers["Cache-Control"]
        assert control == (
            "public, max-age=0, s-maxage=10, stale-while-revalidate=10, stale-if-error=600"
        )


@pytest.mark.parametrize("path", ["/sitemap.xml", "/robots.txt", "/stories/feed/", "/not-here/"])
def test_only_pages_are_cached(
    path: str, cached_site: CachedSite, story_index: StoryIndexPage
) -> None:
    factories.StoryPageFactory(parent=story_index, first_published_at=timezone.now())
    assert not cached_site.is_cached(path)
    if path != "/not-here/":
        etag = cached_site.request(path).headers["ETag"]
        assert cached_site.request(path, If_None_Match=etag).status == 304


def test_staff_and_offline_copy_paths_are_not_cached(
    cached_site: CachedSite, every_page: SimpleNamespace
) -> None:
    saved = f"/-/save/{every_page.issue.pk}/"
    for path in (saved, "/account/login/", "/admin/", "/-/live"):
        assert cached_site.request(path).status in {200, 302}, path
        assert not cached_site.is_cached(path), path


def test_only_known_query_parameters_are_cached(
    cached_site: CachedSite, story_index: StoryIndexPage
) -> None:
    assert cached_site.is_cached("/stories/?page=1")
    assert not cached_site.is_cached("/stories/?kind=1")  # only another page has this parameter
    assert not cached_site.is_cached("/?page=1")
    assert not cached_site.is_cached("/stories/?somebody=1")
    assert "Cache-Control" not in cached_site.request("/stories/?page=1&p=2").headers


def test_cached_page_is_shared_despite_tracking_parameters_and_order(
    cached_site: CachedSite, story_index: StoryIndexPage
) -> None:
    tracked = cached_site.request("/stories/?fbclid=IwAR-1&utm_source=mail&page=1").body
    both = cached_site.request("/stories/?issue=&page=1").body
    cached_site.cache.application = lambda *_: pytest.fail("Django was called")
    for query in (
        *("page=1", "page=1&fbclid=2", "emci=3&page=1&utm_medium=mail"),
        *("page=1&akid=1.2.x", "refcode=a&refcodeEmailReferrer=b&page=1", "page=1&mkt_tok=a"),
        *("can_id=1&link_id=2&page=1&email_referrer=&email_subject=a%20b", "page=1&_hsmi=1"),
        *("page=1&gad_source=1&gad_campaignid=2", "srsltid=a&page=1&utm_source_platform=b"),
    ):
        assert cached_site.request(f"/stories/?{query}").body == tracked
    assert cached_site.request("/stories/?page=1&issue=").body == both
    assert b"IwAR-1" not in tracked


@pytest.mark.parametrize("query", ["p=937&fbclid=1", "fbclid=1&p=937", "fbclid=1&p=937&utm_id=2"])
def test_tracking_parameters_do_not_prevent_redirects(
    cached_site: CachedSite, home: HomePage, query: str
) -> None:
    Redirect.objects.create(old_path="/?p=937", redirect_link="/search/")
    response = cached_site.request(f"/?{query}")
    assert (response.status, response.headers.get("Location")) == (301, "/search/")


def test_search_results_are_not_cached(cached_site: CachedSite, home: HomePage) -> None:
    assert not cached_site.is_cached("/search/?q=words")
    assert cached_site.request("/search/?q=words").headers["Cache-Control"] == "private, no-store"
    assert cached_site.is_cached("/search/")


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "sessionid=1"},
        {"Cookie": "a=b; csrftoken=1"},
        {"Cookie": "messages=1"},
        {"Authorization": "Basic 1"},
    ],
)
def test_requests_with_credentials_bypass_cache(
    headers: dict, cached_site: CachedSite, home: HomePage
) -> None:
    assert cached_site.is_cached("/")
    assert not cached_site.is_cached("/", **headers)


def test_session_cookie_removes_public_cache_control(home: HomePage, client: Client) -> None:
    assert client.get("/")["Cache-Control"].startswith("public")
    client.cookies[settings.SESSION_COOKIE_NAME] = "1"
    assert not client.get("/").has_header("Cache-Control")


def test_password_protected_page_is_not_cached(cached_site: CachedSite, home: HomePage) -> None:
    page = factories.StandardPageFactory(parent=home, slug="secret")
    PageViewRestriction.objects.create(page=page, password="open", restriction_type="password")
    assert not cached_site.is_cached("/secret/")
    assert "public" not in cached_site.request("/secret/").headers["Cache-Control"]


def test_personal_responses_and_errors_are_not_cacheable() -> None:
    environ = {page_cache.UNTIL: 0.0}
    html = [("Content-Type", "text/html"), ("Cache-Control", "public"), ("ETag", '"1"')]
    assert page_cache.is_cacheable(environ, "200 OK", html)
    for more in (("Set-Cookie", "a=b"), ("Vary", "Cookie"), ("Cache-Control", "private")):
        assert not page_cache.is_cacheable(environ, "200 OK", [*html, more])
    assert not page_cache.is_cacheable(environ, "404 Not Found", html)
    assert not page_cache.is_cacheable({}, "200 OK", html)


def test_cache_key_contains_host_and_protocol(cached_site: CachedSite, home: HomePage) -> None:
    assert cached_site.is_cached("/")
    cached_site.cache.application = lambda *_: pytest.fail("Django was called")
    cached_site.request("/")
    with pytest.raises(pytest.fail.Exception):
        cached_site.request("/", Host="localhost")
    with pytest.raises(pytest.fail.Exception):
        cached_site.request("/", X_Forwarded_Proto="https")
