"""Login, editing, preview, publishing and upload in the CMS."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from issues.models import IssuePage
from mission.models import HomePage, StandardPage
from staff.models import User
from tests.browser.conftest import PASSWORD
from tests.browser.navigation import visit


def test_first_login_sets_password_and_opens_dashboard(
    new_page: Callable[..., Page], database: Callable
) -> None:
    with database():
        User.objects.filter(username="first").delete()
        user = User(username="first", is_superuser=True)
        password = user.set_one_time_password()
        user.save()
    page = new_page(1280)
    visit(page, "/admin/")
    page.get_by_label("Username").fill("first")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1).first).to_contain_text("choose your own password")
    page.locator("[name=new_password1]").fill(PASSWORD)
    page.locator("[name=new_password2]").fill(PASSWORD)
    page.get_by_role("button", name="Save and continue").click()
    expect(page).to_have_url(re.compile(r"/admin/$"))
    expect(page.locator(".messages")).to_contain_text("Your password has been saved")


def test_edit_is_previewed_and_published(
    cms: Page, new_page: Callable[..., Page], database: Callable
) -> None:
    with database():
        issue = IssuePage.objects.get(slug="community-reinvestment")
        issue.save_revision().publish()
    visit(cms, f"/admin/pages/{issue.pk}/edit/")
    summary = cms.get_by_role("textbox", name="Summary")
    summary.fill("A summary that an editor has just written.")

    cms.get_by_role("button", name="Toggle preview").click()
    preview = cms.frame_locator("#w-preview-iframe")
    expect(preview.locator("main")).to_contain_text("an editor has just written", timeout=30_000)

    visitor = new_page(390)
    visit(visitor, "/issues/community-reinvestment/")
    expect(visitor.locator("main")).not_to_contain_text("an editor has just written")

    cms.get_by_role("tab", name="Promote").click()
    cms.get_by_role("textbox", name="Slug").press("Enter")  # saves a draft
    expect(cms.locator(".messages")).to_contain_text("has been updated")
    visitor.reload()
    expect(visitor.locator("main")).not_to_contain_text("an editor has just written")

    cms.get_by_role("button", name="Publish", exact=True).click()
    expect(cms.locator(".messages")).to_contain_text("has been published")
    visitor.reload()
    expect(visitor.locator("main")).to_contain_text("an editor has just written")
    visit(visitor, "/")
    expect(visitor.locator("main")).to_contain_text("an editor has just written")


@pytest.mark.parametrize(
    "section",
    [
        "pages/",
        "images/",
        "documents/",
        "redirects/",
        "settings/site_settings/sitesettings/",
        "users/",
        "reports/site-history/",
        "account/",
    ],
)
def test_cms_sections_open(cms: Page, section: str) -> None:
    response = visit(cms, f"/admin/{section}")
    assert response is not None
    assert response.ok
    expect(cms.get_by_role("heading", level=1).first).to_be_visible()


@pytest.mark.parametrize("model", ["mission/standardpage", "actions/actionpage"])
def test_form_for_new_page_opens(cms: Page, database: Callable, model: str) -> None:
    with database():
        home = HomePage.objects.get(locale__language_code="en")
    visit(cms, f"/admin/pages/add/{model}/{home.pk}/")
    expect(cms.get_by_label("Title").first).to_be_visible()


def test_image_chooser_uploads_picture(cms: Page, database: Callable, tmp_path: Path) -> None:
    Image.new("RGB", (600, 400), "purple").save(tmp_path / "violet.jpg")
    with database():
        page = StandardPage.objects.get(slug="contact")
    visit(cms, f"/admin/pages/{page.pk}/edit/")
    cms.get_by_role("button", name="Choose an image").first.click()
    dialog = cms.get_by_role("dialog")
    dialog.get_by_role("tab", name="Upload").click()
    dialog.get_by_label("Title").fill("A violet square")
    dialog.locator("input[type=file]").set_input_files(tmp_path / "violet.jpg")
    dialog.get_by_role("radio", name="No one").check()
    dialog.get_by_role("button", name="Upload").click()
    dialog.get_by_role("link", name="Use it in the draft").click()
    expect(dialog).to_be_hidden()
    expect(cms.get_by_text("A violet square").first).to_be_visible()
