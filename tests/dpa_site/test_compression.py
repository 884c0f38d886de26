import gzip

import pytest
from django.conf import settings
from django.test import Client

from tests.dpa_site.cached_site import CachedSite

STAFF = {"Cookie": f"{settings.SESSION_COOKIE_NAME}=abc"}


@pytest.mark.parametrize(
    "path",
    ["/search/?q=law", "/es/search/?q=ley", "/not-here/", "/news/feed/", "/sitemap.xml", "/?a=1"],
)
def test_responses_that_are_not_cached_are_compressed_for_readers(
    path: str, cached_site: CachedSite, starter: object
) -> None:
    plain = cached_site.request(path)
    assert "Content-Encoding" not in plain.headers
    for refusal in ("gzip;q=0", "br;q=0, gzip; q=0.0", "identity"):
        response = cached_site.request(path, Accept_Encoding=refusal)
        assert "Content-Encoding" not in response.headers
        assert "Accept-Encoding" in response.headers["Vary"]
    compressed = cached_site.request(path, Accept_Encoding="gzip, deflate, br")
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in compressed.headers["Vary"]
    assert gzip.decompress(compressed.body) == plain.body
    assert not cached_site.is_cached(path)


@pytest.mark.parametrize("headers", [STAFF, {"Authorization": "Basic YTpi"}])
def test_responses_that_may_hold_secrets_are_not_compressed(
    headers: dict, cached_site: CachedSite, starter: object
) -> None:
    response = cached_site.request("/search/?q=law", Accept_Encoding="gzip", **headers)
    assert "Content-Encoding" not in response.headers


def test_response_with_csrf_cookie_is_not_compressed(client: Client, db: None) -> None:
    response = client.get("/account/login/", headers={"Accept-Encoding": "gzip"})
    assert settings.CSRF_COOKIE_NAME in response.cookies
    assert "Content-Encoding" not in response
