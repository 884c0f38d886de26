"""Helpers for the page editor of the CMS and its autosave."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from mission.models import StandardPage
from staff.models import User
from tests.browser.conftest import PASSWORD
from tests.browser.navigation import visit

SAVED = ".w-autosave-indicator__state--saved"
PAUSED = ".w-autosave-indicator__state--paused"
TIMEOUT = 30_000  # milliseconds; enough for a busy machine


def log_in(page: Page, database: Callable, name: str) -> None:
    with database():
        User.objects.filter(username=name).delete()
        User.objects.create_superuser(name, f"{name}@example.org", PASSWORD)
    visit(page, "/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/admin/$"))


def latest_revision(database: Callable, page: StandardPage) -> StandardPage:
    with database():
        return StandardPage.objects.get(pk=page.pk).get_latest_revision_as_object()


def expect_summary_saved(page: Page, database: Callable, draft: StandardPage, words: str) -> None:
    """Wait until the latest revision has `words` as its summary."""
    expect_in_database(page, lambda: latest_revision(database, draft).summary, words)


def expect_in_database(page: Page, read: Callable[[], object], expected: object) -> None:
    """Wait until `read`, which asks the database, returns what is expected."""
    for _ in range(TIMEOUT // 250):
        if read() == expected:
            return
        page.wait_for_timeout(250)
    assert read() == expected


def open_editor(page: Page, draft: StandardPage) -> None:
    visit(page, f"/admin/pages/{draft.pk}/edit/")


def write(page: Page, words: str) -> None:
    page.get_by_role("textbox", name="Summary").press("End")
    page.keyboard.type(words)


def save_draft(page: Page) -> None:
    """Press “Save draft”, which is in the menu of those who may publish."""
    footer = page.get_by_role("navigation", name="Actions (footer)")
    footer.get_by_role("button", name="More actions").click()  # comments have such a button, too
    footer.get_by_role("button", name="Save draft").click()


def expect_saved(page: Page) -> None:
    expect(page.locator(SAVED)).to_be_visible(timeout=TIMEOUT)


def expect_paused(page: Page, why: str) -> None:
    expect(page.locator(PAUSED)).to_be_visible(timeout=TIMEOUT)
    expect(page.locator(".footer__save-warning")).to_contain_text(why, timeout=TIMEOUT)
