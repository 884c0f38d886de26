"""The downloadable offline copy of a page."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils.timezone import localdate
from playwright.sync_api import Browser, Page, expect

from mission.offline_copy import MAX_BYTES
from tests.browser.axe import violations_in_both_schemes
from tests.browser.navigation import visit


@pytest.mark.parametrize(
    ("path", "link", "words", "dated"),
    [
        ("/urgent-help/", "Save this page", "Breathe for them", "Saved on "),
        ("/issues/overdose-prevention-centers/", "Save this page", "Sources", "Saved on "),
        ("/es/ayuda-urgente/", "Guardar esta página", "Da naloxona si la tienes", "Guardada el "),
    ],
)
def test_offline_copy_is_complete_and_makes_no_requests(
    new_page: Callable[..., Page],
    browser: Browser,
    tmp_path: Path,
    path: str,
    link: str,
    words: str,
    dated: str,
) -> None:
    page = new_page(390, javascript=False)
    visit(page, path)
    with page.expect_download() as download:
        page.get_by_role("link", name=link).click()
    name = download.value.suggested_filename
    # The name reveals neither the topic nor the organization.
    assert name == f"page-{localdate():%Y-%m-%d}.html"
    file = tmp_path / name
    download.value.save_as(file)
    assert file.stat().st_size <= MAX_BYTES == 150 * 1024

    context = browser.new_context(offline=True, viewport={"width": 390, "height": 800})
    kept, asked = context.new_page(), []
    kept.on("request", lambda request: asked.append(request.url))
    kept.goto(file.as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    expect(kept.locator("main")).to_contain_text(words)
    expect(kept.get_by_role("contentinfo")).to_contain_text(
        re.compile(rf"{dated}.*{localdate().year}")
    )
    pictures = kept.locator("img")
    assert pictures.count()
    for picture in pictures.all():
        assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    assert kept.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations_in_both_schemes(kept) == []
    context.close()
