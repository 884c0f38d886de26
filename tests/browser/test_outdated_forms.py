"""A form that the browser opens again shows what is stored, not what was entered before."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from mission.models import StandardPage
from site_settings.models import SiteSettings
from tests.browser.editor import save_draft
from tests.browser.navigation import visit

SETTINGS = "/admin/settings/site_settings/sitesettings/"


def test_back_shows_what_a_colleague_has_saved(
    open_cms: Callable[..., Page], database: Callable
) -> None:
    page = open_cms()
    visit(page, SETTINGS)
    tagline = page.locator("[name=tagline]")
    tagline.fill("By the user")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messages")).to_contain_text("updated")
    with database():
        SiteSettings.objects.update(tagline="By a colleague")
    visit(page, "/admin/")
    for _step in range(2):  # to the saved form, and to the form in which the user typed
        page.go_back()
        expect(tagline).to_have_value("By a colleague")
    page.locator("[name=footer_note]").fill("Another note")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messages")).to_contain_text("updated")
    with database():
        assert SiteSettings.objects.get().tagline == "By a colleague"


@pytest.mark.usefixtures("without_autosave")
def test_back_in_the_page_editor_shows_what_a_colleague_has_saved(
    open_cms: Callable[..., Page], database: Callable
) -> None:
    page = open_cms()
    with database():
        edited = StandardPage.objects.filter(locale__language_code="en").first()
    url = f"/admin/pages/{edited.pk}/edit/"
    visit(page, url)
    title = page.locator("[name=title]")
    title.fill("By the user")
    save_draft(page)
    with database():
        edited = StandardPage.objects.get(pk=edited.pk)
        edited.title = "By a colleague"
        edited.save_revision()
    visit(page, "/admin/")
    for _step in range(2):
        page.go_back()
        expect(title).to_have_value("By a colleague")
