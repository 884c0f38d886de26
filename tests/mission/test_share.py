"""Readers can share the URL of a page, and nobody learns of it."""

import re
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import brotli
import pytest
from django.conf import settings
from django.test import Client

from mission.templatetags.mission_tags import qr_code
from stories.models import StoryPage
from tests import factories
from tests.every_page import PUBLIC_PATHS

SHARE = re.compile(r'<section class="share-page".*?</section>', re.DOTALL)


def test_url_is_shared_without_query(every_page: SimpleNamespace, client: Client) -> None:
    html = client.get(every_page.issue.url + "?utm_source=a&q=b").content.decode()
    (share,) = SHARE.findall(html)
    url = every_page.issue.full_url
    assert f'<a href="{url}" dir="ltr">{url.removeprefix("http://")}</a>' in share
    assert re.findall(r"<button[^>]*>", share) == [
        f'<button class="button button-line" type="button" value="{url}" hidden>',
        '<button class="button button-line" type="button" value="That did not work. Please copy '
        'the URL above." hidden>',
    ]
    mail = re.search(r'href="(mailto:[^"]*)"', share)[1].replace("&amp;", "&")  # type: ignore[index]
    assert parse_qs(urlsplit(mail).query) == {"subject": [every_page.issue.title], "body": [url]}
    hosts = re.findall(r'(?:href|src|value)="(?:https?:)?//([^/"]*)', share)
    assert set(hosts) == {"testserver"}


def test_pages_that_must_not_be_passed_on_offer_no_sharing(
    every_page: SimpleNamespace, client: Client
) -> None:
    pages = {path: client.get(path).content.decode() for path in PUBLIC_PATHS}
    samples = {"/stories/a-story/", "/news/an-announcement/"}
    others = {path for path in pages if re.match("/(take-part|search|quick-exit|not-here)/", path)}
    assert {path for path, html in pages.items() if not SHARE.search(html)} == samples | others
    # An invalid form is sent to the URL of the page, and its response contains what was typed.
    response = client.post("/sign/", {"email": "no"}, headers={"sec-fetch-site": "same-origin"})
    assert response.status_code == 422
    assert not SHARE.search(response.content.decode())


@pytest.mark.parametrize("for_social", [True, False])
def test_story_is_shared_only_with_consent_for_social_media(
    story_index: object, *, for_social: bool
) -> None:
    consent = factories.consent(for_social=for_social)
    page = factories.StoryPageFactory(parent=story_index, consent=consent)
    assert StoryPage.objects.get(pk=page.pk).offers_sharing is for_social


def test_draft_offers_no_sharing(every_page: SimpleNamespace) -> None:
    every_page.issue.live = False
    assert not every_page.issue.offers_sharing


@pytest.mark.parametrize("path", ["/", "/issues/harm-reduction-care/", "/urgent-help/"])
def test_printed_url_has_a_qr_code(every_page: object, client: Client, path: str) -> None:
    html = client.get(f"{path}?utm_source=a").content.decode()
    code = qr_code(f"http://testserver{path}")
    assert f'<div class="paper-only">{code}<p>' in html
    assert html.count(code) == 1


def test_script_is_small() -> None:
    script = (settings.BASE_DIR / "static/js/share.js").read_bytes()
    assert len(brotli.compress(script)) <= 300  # as it is sent


def test_url_that_is_too_long_for_a_qr_code_has_none() -> None:
    assert qr_code(f"https://example.org/{'a' * 3_000}/") == ""
