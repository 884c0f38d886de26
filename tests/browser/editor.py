"""What an editor does in the page editor of the CMS, and what they see of saving."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from mission.models import StandardPage
from staff.models import User
from tests.browser.conftest import PASSWORD
from tests.browser.visits import visit

SAVED = ".w-autosave-indicator__state--saved"
PAUSED = ".w-autosave-indicator__state--paused"
PATIENCE = 30_000  # milliseconds; a busy machine saves late


def log_in(page: Page, database: Callable, name: str) -> None:
    with database():
        User.objects.filter(username=name).delete()
        User.objects.create_superuser(name, f"{name}@example.org", PASSWORD)
    visit(page, "/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/admin/$"))


def kept(database: Callable, page: StandardPage) -> StandardPage:
    with database():
        return StandardPage.objects.get(pk=page.pk).get_latest_revision_as_object()


def see_kept(page: Page, database: Callable, draft: StandardPage, words: str) -> None:
    """Waits until the latest version has `words` as its summary."""
    for _ in range(PATIENCE // 250):
        if kept(database, draft).summary == words:
            return
        page.wait_for_timeout(250)
    assert kept(database, draft).summary == words


def open_editor(page: Page, draft: StandardPage) -> None:
    visit(page, f"/admin/pages/{draft.pk}/edit/")


def write(page: Page, words: str) -> None:
    page.get_by_role("textbox", name="Summary").press("End")
    page.keyboard.type(words)


def see_saved(page: Page) -> None:
    expect(page.locator(SAVED)).to_be_visible(timeout=PATIENCE)


def see_paused(page: Page, why: str) -> None:
    expect(page.locator(PAUSED)).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".footer__save-warning")).to_contain_text(why, timeout=PATIENCE)
