"""Autosave, comments, history and comparison, by hand on every page type."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from wagtail.models import Page as SitePage

from mission.models import HomePage
from tests.browser.test_look import SHOTS
from tests.browser.test_typing import see_saved
from tests.test_architecture import PAGE_TYPES


@pytest.fixture(autouse=True)
def _autosave(settings: object) -> None:
    settings.WAGTAIL_AUTOSAVE_INTERVAL = 200  # milliseconds


@pytest.mark.parametrize("page_type", PAGE_TYPES, ids=lambda page_type: page_type.__name__)
def test_words_and_comments_stay_and_versions_can_be_compared(
    cms: Page, database: Callable, page_type: type[SitePage]
) -> None:
    with database():
        original = page_type.objects.first()
        under = None if page_type is not HomePage else SitePage.get_first_root_node()
        page = original.copy(to=under, update_attrs={"slug": "a-copy"}, keep_live=False)
    try:
        cms.goto(f"/admin/pages/{page.pk}/edit/")
        title = cms.get_by_role("textbox", name="Title", exact=True)
        title.press("End")
        cms.keyboard.type(" by hand")
        see_saved(cms)

        cms.get_by_role("button", name="Toggle comments").click()
        title.hover()
        cms.get_by_role("button", name="Add comment").first.click()
        cms.get_by_placeholder("Enter your comments").fill("Is that so?")
        cms.get_by_role("button", name="Comment", exact=True).click()
        cms.get_by_role("button", name="Save draft").click()
        expect(cms.locator(".messages")).to_contain_text("has been updated")
        cms.get_by_role("button", name="Toggle comments").click()
        expect(cms.locator("#comments")).to_contain_text("Is that so?")

        cms.goto(f"/admin/pages/{page.pk}/history/")
        cms.get_by_role("link", name="Compare with previous version").first.click()
        expect(cms).to_have_url(re.compile("/revisions/compare/"))
        expect(cms.get_by_role("row", name="Title")).to_contain_text(f"{original.title} by hand")
        cms.screenshot(path=SHOTS / "cms-compare.png")
    finally:
        with database():
            SitePage.objects.get(pk=page.pk).delete()
