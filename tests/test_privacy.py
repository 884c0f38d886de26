"""The reader is never harmed: section 6 of the house plan."""

import base64
import gzip
import hashlib
import re
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from tests.every_page import PUBLIC_PATHS

OTHER_PATHS = (
    "/robots.txt",
    "/sitemap.xml",
    "/manifest.webmanifest",
    "/stories/feed/",
    "/issues/feed/",
    "/news/feed/",
    "/-/live",
    "/-/ready",
)


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_no_cookie_and_no_variation(responses: dict[str, HttpResponse], path: str) -> None:
    _assert_the_same_for_everybody(responses[path])


@pytest.mark.parametrize("path", OTHER_PATHS)
def test_no_cookie_elsewhere(every_page: object, client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    _assert_the_same_for_everybody(response)


def test_the_browser_language_changes_nothing(home: object, client: Client) -> None:
    assert client.get("/", headers={"accept-language": "es"})["Content-Language"] == "en"


def _assert_the_same_for_everybody(response: HttpResponse) -> None:
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert "Accept-Language" not in response.get("Vary", "")


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_nothing_is_fetched_from_another_host(
    responses: dict[str, HttpResponse], path: str
) -> None:
    html = responses[path].content.decode()
    fetched = re.findall(r"<(?:img|script|source|iframe|video|audio|embed)[^>]*>", html)
    fetched += [tag for tag in re.findall(r"<link[^>]*>", html) if 'rel="canonical"' not in tag]
    for tag in fetched:
        for address in re.findall(r'(?:src|href|srcset|poster)="([^"]*)"', tag):
            here = address.startswith(("/", "#"))  # of this host, or a part of this very page
            assert here and not address.startswith("//"), tag


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_public_pages_have_the_strict_policy(responses: dict[str, HttpResponse], path: str) -> None:
    response = responses[path]
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    html = response.content.decode()
    assert " style=" not in html
    [style] = re.findall("<style[^>]*>(.*?)</style>", html, re.DOTALL)  # ours, by its hash
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{hashed}'" in re.search("style-src [^;]*", policy)[0]  # type: ignore[index]
    # A block of data is no script: browsers run none of it, and the policy does not touch it.
    scripts = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", html)
    assert set(scripts) <= {'<script type="application/ld+json">'}
    assert not re.search(r"<[^>]+\son\w+=", html)
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "geolocation=()" in response["Permissions-Policy"]


@pytest.mark.parametrize("path", PUBLIC_PATHS)
def test_scripts_are_few_and_small(responses: dict[str, HttpResponse], path: str) -> None:
    sources = set(
        re.findall(r'<script[^>]* src="/static/([^"]*)"', responses[path].content.decode())
    )
    scripts = [(settings.BASE_DIR / "static" / source).read_bytes() for source in sources]
    assert sum(len(gzip.compress(script)) for script in scripts) <= 5 * 1024
    if "js/quick-exit.js" in sources:
        assert len((settings.BASE_DIR / "static/js/quick-exit.js").read_bytes()) <= 1024


def test_the_cms_has_its_own_policy_and_asks_no_other_host(
    admin_client: Client, home: object
) -> None:
    response = admin_client.get("/admin/")
    assert "frame-ancestors 'self'" in response["Content-Security-Policy"]
    assert "http" not in response["Content-Security-Policy"]
    html = response.content.decode()
    assert "gravatar" not in html
    assert "releases.wagtail.org" not in html


def test_links_that_leave_the_site_tell_nothing(responses: dict[str, HttpResponse]) -> None:
    html = responses["/issues/harm-reduction-care/"].content.decode()
    leaving = re.findall(r'<a [^>]*href="https://[^>]*>', html)
    assert leaving
    assert all("noreferrer" in tag for tag in leaving)


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/issues/", "/stories/", "/news/", "/search/", "/sitemap.xml"),
        *("/stories/feed/", "/issues/feed/", "/news/feed/", "/manifest.webmanifest"),
    ],
)
def test_a_conditional_get_is_answered_304(
    every_page: SimpleNamespace, client: Client, path: str
) -> None:
    # An empty feed is dated by the clock.
    for page in (every_page.voice, every_page.issue, every_page.news):
        page.save_revision().publish()
    first = client.get(path)
    if path.endswith("/feed/"):
        assert first["Last-Modified"]
    again = client.get(path, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert not again.content


def test_search_words_are_kept_nowhere(home: object, client: Client) -> None:
    from django.core.cache import cache
    from django.db import connection

    client.get("/search/?q=unspeakableword")
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            rows = f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s'  # noqa: S608
            cursor.execute(rows, ["%unspeakableword%"])
            assert cursor.fetchone()[0] == 0, table
    assert "unspeakableword" not in str(getattr(cache, "_cache", {}))
