"""Autosave on every page type; comments, history and comparison on one page type.

tests/cms/test_history.py covers comments and comparison for every type.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from wagtail.models import Page as SitePage

from mission.models import HomePage, StandardPage
from tests.browser.editor import save_draft
from tests.browser.navigation import shoot, visit
from tests.browser.test_autosave import expect_saved
from tests.test_architecture import PAGE_TYPES


@pytest.fixture
def copy(database: Callable) -> Callable:
    """`copy(page_type)` copies a page of the type as a draft."""

    def make(page_type: type[SitePage]) -> SitePage:
        under = None if page_type is not HomePage else SitePage.get_first_root_node()
        page = page_type.objects.filter(locale__language_code="en").first()
        return page.copy(to=under, update_attrs={"slug": "a-copy"}, keep_live=False)

    return make


@pytest.mark.parametrize("page_type", PAGE_TYPES, ids=lambda one: one.__name__)
def test_autosave_works_on_each_page_type(
    cms: Page, database: Callable, copy: Callable, page_type: type[SitePage]
) -> None:
    with database():
        page = copy(page_type)
    visit(cms, f"/admin/pages/{page.pk}/edit/")
    title = cms.get_by_role("textbox", name="Title").first
    title.press("End")
    cms.keyboard.type(" by hand")
    expect_saved(cms)
    with database():
        kept = SitePage.objects.get(pk=page.pk).get_latest_revision_as_object()
    assert kept.title == f"{page.title} by hand"


@pytest.mark.usefixtures("without_autosave")  # autosave would add revisions
def test_comment_is_saved_and_revisions_are_compared(
    cms: Page, database: Callable, copy: Callable
) -> None:
    with database():
        page = copy(StandardPage)
    visit(cms, f"/admin/pages/{page.pk}/edit/")
    title = cms.get_by_role("textbox", name="Title").first
    title.fill("By another hand")
    cms.get_by_role("button", name="Toggle comments").click()
    title.hover()
    cms.get_by_role("button", name="Add comment").first.click()
    cms.get_by_placeholder("Enter your comments").fill("Is that so?")
    cms.get_by_role("button", name="Comment", exact=True).click()
    save_draft(cms)
    expect(cms.locator(".messages")).to_contain_text("has been updated")
    comments = cms.get_by_role("button", name="Toggle comments")
    expect(comments).to_contain_text("1")  # the button works only after the comments have loaded
    comments.click()
    expect(cms.locator("#comments")).to_contain_text("Is that so?")

    cms.get_by_role("link", name="History", exact=True).first.click()
    cms.locator("main tbody").get_by_role("button", name="Actions").first.click()
    cms.get_by_role("link", name="Compare with previous version").click()
    expect(cms).to_have_url(re.compile("/revisions/compare/"))
    expect(cms.locator("main")).to_contain_text("By another hand")
    shoot(cms, "cms compare")
