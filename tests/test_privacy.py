"""Privacy of visitors: cookies, third-party requests, Content-Security-Policy and search terms."""

import base64
import gzip
import hashlib
import re
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from wagtail.models import Site

from editorial.feeds import FeedMixin
from mission.models import HomePage
from tests import factories
from tests.every_page import PUBLIC_PATHS

FEEDS = ("/stories/feed/", "/issues/feed/", "/news/feed/")
OTHER_PATHS = (
    "/robots.txt",
    "/sitemap.xml",
    "/manifest.webmanifest",
    *FEEDS,
    "/-/live",
    "/-/ready",
)


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_public_pages_set_no_cookies_and_do_not_vary(
    responses: dict[str, HttpResponse], path: str
) -> None:
    _assert_no_cookies_and_no_vary(responses[path])


@pytest.mark.parametrize("path", OTHER_PATHS)
def test_other_paths_set_no_cookies_and_do_not_vary(
    every_page: object, client: Client, path: str
) -> None:
    response = client.get(path)
    assert response.status_code == 200
    _assert_no_cookies_and_no_vary(response)


def test_every_feed_is_tested(every_page: SimpleNamespace) -> None:
    pages = [page for page in vars(every_page).values() if isinstance(page, FeedMixin)]
    missing = {f"{page.url}feed/" for page in pages} - {*FEEDS}
    assert not missing, f"Add {missing} to FEEDS in tests/test_privacy.py."


def test_accept_language_is_ignored(home: object, client: Client) -> None:
    assert client.get("/", headers={"accept-language": "es"})["Content-Language"] == "en"


def _assert_no_cookies_and_no_vary(response: HttpResponse) -> None:
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert "Accept-Language" not in response.get("Vary", "")


def third_party_urls(html: str) -> list[str]:
    """The URLs of other hosts that a browser loads with this page."""
    found = []
    for element in BeautifulSoup(html, "html.parser").find_all(True):
        names = ["src", "poster", "background"] + ["data"] * (element.name == "object")
        if element.name in {"use", "image"} or (
            element.name == "link" and not {"canonical", "alternate"} & set(element.get("rel", ()))
        ):
            names.append("href")
        written = [element[name] for name in names if element.get(name)]
        for name in ("srcset", "imagesrcset"):
            candidates = str(element.get(name, "")).split(",")
            written += [one.split()[0] for one in candidates if one.strip()]
        found += [one for one in written if not re.match(r"/(?!/)|#|data:", str(one))]
        if element.name == "style":
            urls = re.findall(r"(?:url\(|@import\s+)[\"']?([^\"')\s;]+)", element.text)
            found += [one for one in urls if not re.match(r"/(?!/)|#|data:", one)]
    return found


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_public_pages_load_nothing_from_other_hosts(
    responses: dict[str, HttpResponse], path: str
) -> None:
    assert responses[path].status_code == (404 if path == "/not-here/" else 200)
    html = responses[path].content.decode()
    assert "<link" in html
    wrong = third_party_urls(html)
    assert not wrong, f"{path} loads {wrong} from other hosts. Serve a copy from this site."


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://elsewhere.example/a.jpg">',
        '<img src="//elsewhere.example/a.jpg">',
        '<img srcset="/a.jpg 1w, https://elsewhere.example/b.jpg 2w">',
        '<link rel="icon" href="https://elsewhere.example/i.png">',
        '<object data="https://elsewhere.example/o.svg"></object>',
        '<svg><use href="https://elsewhere.example/i.svg#a"></use></svg>',
        "<style>@font-face { src: url(https://elsewhere.example/f.woff2) }</style>",
        '<style>@import "https://elsewhere.example/x.css";</style>',
    ],
)
def test_third_party_urls_are_found(html: str) -> None:
    assert len(third_party_urls(html)) == 1
    assert third_party_urls(html.replace("https://elsewhere.example", "").replace("//", "/")) == []


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_public_pages_have_strict_security_headers(
    responses: dict[str, HttpResponse], path: str
) -> None:
    response = responses[path]
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    html = response.content.decode()
    assert " style=" not in html
    styles = re.findall("<style[^>]*>(.*?)</style>", html, re.DOTALL)
    assert len(styles) == (2 if path == "/" else 1)
    for style in styles:  # allowed by its hash
        hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"'sha256-{hashed}'" in re.search("style-src [^;]*", policy)[0]  # type: ignore[index]
    # JSON-LD is data: browsers do not run it, and the policy does not apply.
    scripts = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", html)
    assert set(scripts) <= {'<script type="application/ld+json">'}
    assert not re.search(r"<[^>]+\son\w+=", html)
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "geolocation=()" in response["Permissions-Policy"]


def test_previews_may_be_framed_by_cms(every_page: SimpleNamespace) -> None:
    policy = every_page.issue.make_preview_request()["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_scripts_are_first_party_and_at_most_five_kilobytes(
    responses: dict[str, HttpResponse], path: str
) -> None:
    html = responses[path].content.decode()
    sources = set(re.findall(r'<script[^>]* src="([^"]*)"', html))
    assert all(source.startswith("/static/") for source in sources), sources
    files = [settings.BASE_DIR / source.removeprefix("/") for source in sources]
    size = sum(len(gzip.compress(file.read_bytes())) for file in files)
    assert size <= 5 * 1024, f"{path} has {size} bytes of scripts, at most 5120: {sorted(sources)}"


def test_quick_exit_script_is_at_most_one_kilobyte(responses: dict[str, HttpResponse]) -> None:
    assert 'src="/static/js/quick-exit.js"' in responses["/stories/"].content.decode()
    assert len((settings.BASE_DIR / "static/js/quick-exit.js").read_bytes()) <= 1024


def test_cms_has_own_policy_and_contacts_no_other_host(admin_client: Client, home: object) -> None:
    response = admin_client.get("/admin/")
    assert response.status_code == 200
    assert "frame-ancestors 'self'" in response["Content-Security-Policy"]
    assert "http" not in response["Content-Security-Policy"]
    html = response.content.decode()
    assert "sidebar" in html
    assert "gravatar" not in html
    assert "releases.wagtail.org" not in html


def test_external_links_have_noreferrer(responses: dict[str, HttpResponse]) -> None:
    html = responses["/issues/harm-reduction-care/"].content.decode()
    external = re.findall(r'<a [^>]*href="https://[^>]*>', html)
    assert external
    without = [tag for tag in external if "noreferrer" not in tag]
    assert not without, f'Add rel="noreferrer" to {without}'


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/issues/", "/stories/", "/news/", "/search/", "/sitemap.xml"),
        *(*FEEDS, "/manifest.webmanifest"),
    ],
)
def test_conditional_get_returns_304(
    every_page: SimpleNamespace, client: Client, path: str
) -> None:
    # An empty feed contains the current time, so its ETag would change between two requests.
    for page in (every_page.voice, every_page.issue, every_page.news):
        page.save_revision().publish()
    first = client.get(path)
    assert first.status_code == 200
    if path.endswith("/feed/"):
        assert first["Last-Modified"]
    again = client.get(path, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert not again.content


class RecordingCache(LocMemCache):
    """A cache that records everything that is written to it."""

    written: ClassVar[list[str]] = []

    def set(self, key: str, value: object, *args: object, **kwargs: object) -> None:
        self.written.append(f"{key} {value!r}")
        super().set(key, value, *args, **kwargs)

    def add(self, key: str, value: object, *args: object, **kwargs: object) -> bool:
        self.written.append(f"{key} {value!r}")
        return super().add(key, value, *args, **kwargs)


def test_search_terms_are_not_stored(home: HomePage, client: Client, settings: Any) -> None:
    recording = {"BACKEND": f"{__name__}.RecordingCache"}
    settings.CACHES = settings.CACHES | {"default": recording, "log_in": recording}
    RecordingCache.written.clear()
    factories.StandardPageFactory(parent=home, title="Found", summary="unspeakableword")
    response = client.get("/search/?q=unspeakablewords&kind=page")
    assert [page.title for page in response.context["results"]] == ["Found"]
    client.get("/search/?q=unspeakablewords-and-none")
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        assert "search_searchentry" in tables
        for table in tables:
            rows = f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s'  # noqa: S608
            cursor.execute(rows, ["%unspeakablewords%"])
            assert cursor.fetchone()[0] == 0, (
                f"The table {table} contains the search terms. Do not store them."
            )
    found = [entry for entry in RecordingCache.written if "unspeakable" in entry]
    assert not found, f"The cache contains the search terms. Do not store them: {found}"
    cache.set("a", "unspeakablewords")
    assert "unspeakablewords" in RecordingCache.written[-1]  # the cache does record what is written


@pytest.mark.parametrize("path", [*PUBLIC_PATHS, "/robots.txt", "/sitemap.xml", *FEEDS])
def test_urls_do_not_use_the_host_of_the_request(
    every_page: object, responses: dict[str, HttpResponse], path: str
) -> None:
    """A cached page is sent to all readers, so it must not contain a port from a forged header."""
    site = Site.objects.get()
    response = Client().get(path, headers={"host": f"{site.hostname}:4444"})
    assert response.status_code == (404 if path == "/not-here/" else 200)
    assert b"4444" not in response.content
    assert "4444" not in str(response.headers)


@pytest.mark.parametrize("path", ["/about", "/stories", "/es"])
def test_redirects_do_not_use_the_host_of_the_request(
    every_page: object, client: Client, path: str
) -> None:
    response = client.get(path, headers={"host": "testserver:4444"})
    assert response.status_code in (301, 302, 404)
    assert "4444" not in response.get("Location", "")
