"""Editor tasks: move and unpublish a page, schedule a press release, import redirects."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from wagtail.models import Revision

from mission.models import HomePage, StandardPage
from tests import factories
from tests.browser.axe import violations, violations_in_both_schemes
from tests.browser.guide import WIDTH, picture
from tests.browser.guide import steps as steps
from tests.browser.navigation import ANIMATIONS_ENDED, visit

RELEASE = "The clinic opens"
# Autosave may already have created the page. The pattern must not match "could not be created".
SAVED = re.compile(r"Page '.+' (created|has been updated)")


@pytest.fixture
def campaign(database: Callable) -> StandardPage:
    """A live page that another page links to."""
    with database():
        home = HomePage.objects.get(locale__language_code="en")
        page = factories.StandardPageFactory(parent=home, title="The drive", slug="drive")
        page.save_revision().publish()
        after = factories.StandardPageFactory(
            parent=home,
            title="What came after",
            slug="after",
            body=[{"type": "text", "value": f'<p><a linktype="page" id="{page.pk}">it</a></p>'}],
        )
        after.save_revision().publish()
    return page


def choose_page(cms: Page, title: str, button: str = "Choose a page") -> None:
    cms.get_by_role("button", name=button).click()
    dialog = cms.get_by_role("dialog")
    dialog.get_by_label("Search term").fill(title)
    dialog.get_by_role("link", name=title, exact=True).click()
    expect(dialog).to_be_hidden()


def publish(cms: Page, button: str = "Publish") -> None:
    cms.get_by_role("button", name=button, exact=True).click()


def test_page_is_renamed_moved_and_unpublished_with_redirects(
    open_cms: Callable[..., Page],
    new_page: Callable[..., Page],
    steps: Callable[[], int],
    campaign: StandardPage,
) -> None:
    visitor = new_page(390)
    cms = open_cms(WIDTH, role="Editors")
    visit(cms, reverse("wagtailadmin_pages:edit", args=[campaign.pk]))
    before = steps()

    def choose(action: str) -> None:
        cms.get_by_role("button", name="Actions", exact=True).first.click()
        cms.get_by_role("link", name=action, exact=True).click()

    cms.get_by_role("tab", name="Promote").click()
    cms.get_by_label("Slug").fill("drive-2")
    publish(cms)
    expect(cms.locator(".messages")).to_contain_text("published")
    visit(visitor, "/drive/")
    expect(visitor).to_have_url("/drive-2/")

    visit(cms, reverse("wagtailadmin_pages:edit", args=[campaign.pk]))
    choose("Move")
    cms.get_by_role("button", name="Actions", exact=True).last.click()
    choose_page(cms, "About us", "Choose another page")
    cms.get_by_role("button", name="Confirm").click()
    cms.get_by_role("button", name="Yes, move this page").click()
    expect(cms.locator(".messages")).to_contain_text("moved")
    for old in ("/drive/", "/drive-2/"):
        visit(visitor, old)
        expect(visitor).to_have_url("/about/drive-2/")

    visit(cms, reverse("wagtailadmin_pages:edit", args=[campaign.pk]))
    choose("Unpublish")
    expect(cms.get_by_role("link", name="What came after")).to_be_visible()
    choose_page(cms, "The drive")  # mistake: the same page
    cms.get_by_role("button", name="Yes, unpublish it").click()
    expect(cms.get_by_text("You are unpublishing this page. Choose another one.")).to_be_visible()
    picture(cms, "move-or-retire-a-page-refused")
    cms.get_by_role("button", name="Actions", exact=True).last.click()
    choose_page(cms, "What came after", "Choose another page")
    cms.get_by_role("button", name="Yes, unpublish it").click()
    expect(cms.locator(".messages")).to_contain_text("Readers are sent to “What came after”")
    for old in ("/drive/", "/drive-2/", "/about/drive-2/"):
        visit(visitor, old)
        expect(visitor).to_have_url("/after/")

    visit(cms, reverse("wagtailadmin_pages:edit", args=[campaign.pk]))
    choose("Delete")
    expect(cms.get_by_role("link", name="What came after")).to_be_visible()
    cms.get_by_role("button", name="Yes, delete it").click()
    expect(cms.locator(".messages")).to_contain_text("deleted")
    assert steps() - before <= 26
    visit(visitor, "/drive/")
    expect(visitor).to_have_url("/after/")


def test_press_release_is_published_on_schedule(
    open_cms: Callable[..., Page],
    new_page: Callable[..., Page],
    steps: Callable[[], int],
    database: Callable,
) -> None:
    cms = open_cms(WIDTH, role="Editors")
    before = steps()
    cms.get_by_role("link", name="News", exact=True).click()
    cms.get_by_role("link", name="Add news item").click()
    cms.get_by_role("textbox", name="Title").first.fill(RELEASE)
    summary = cms.get_by_role("textbox", name="Summary")
    summary.fill("It opens on Monday.")
    cms.get_by_role("button", name="Toggle status").click()
    cms.get_by_role("button", name="Set schedule").click()
    dialog = cms.get_by_role("dialog")
    live, expiry = dialog.get_by_label("Go live date/time"), dialog.get_by_label("Expiry date/time")
    expect(dialog.get_by_text("Time zone: America/New_York").first).to_be_visible()
    picture(cms, "press-release-under-embargo-schedule", live)
    day = timezone.localtime() + timedelta(days=2)
    live.fill(f"{day:%m/%d/%Y %I:%M %p}")
    earlier = day - timedelta(days=1)
    expiry.fill(f"{earlier:%m/%d/%Y %I:%M %p}")  # mistake: expires before it goes live
    save_schedule = dialog.get_by_role("button", name="Save schedule")
    save_schedule.click()
    refused = dialog.get_by_text("Go live date/time must be before expiry date/time").first
    expect(refused).to_be_visible()
    expect(summary).to_have_value("It opens on Monday.")
    cms.evaluate(ANIMATIONS_ENDED)
    picture(cms, "press-release-under-embargo-refused", refused)
    expiry.fill("")
    save_schedule.click()
    expect(cms.locator(".messages")).to_contain_text(SAVED)
    publish(cms, "Schedule to publish")
    expect(cms.locator(".messages")).to_contain_text("scheduled for publishing")
    assert steps() - before <= 16
    visit(cms, "/admin/")
    waiting = cms.locator("section", has_text="Goes live next")
    expect(waiting.get_by_text("America/New_York").first).to_be_visible()
    edit = waiting.get_by_role("link", name=RELEASE).get_attribute("href")
    visit(cms, str(edit))
    expect(cms.get_by_text("Time zone: America/New_York").first).to_be_attached()

    cms.get_by_role("button", name="Actions", exact=True).first.click()
    cms.get_by_role("link", name="Share with reporters under embargo").click()
    cms.get_by_label("Who gets the link").fill("local radio")
    cms.get_by_role("button", name="Create link").click()
    link = cms.get_by_label("local radio").input_value()
    cms.evaluate(ANIMATIONS_ENDED)  # the message fades in
    assert not violations(cms)
    reporter = new_page(390)
    visit(reporter, urlsplit(link).path)
    expect(reporter.get_by_role("note")).to_contain_text("Under embargo until")
    assert not violations_in_both_schemes(reporter)
    assert not reporter.context.cookies()

    visitor = new_page(390)
    visit(visitor, "/news/the-clinic-opens/", status=404)
    visit(visitor, "/news/")
    expect(visitor.locator("main")).not_to_contain_text(RELEASE)
    with database():
        past = timezone.now() - timedelta(seconds=1)
        revision = Revision.objects.get(approved_go_live_at__isnull=False)
        revision.content["go_live_at"] = past.isoformat()
        revision.approved_go_live_at = past
        revision.save()
        call_command("publish_scheduled")
    visitor.reload()
    visitor.get_by_role("link", name=RELEASE).click()
    expect(visitor).to_have_url("/news/the-clinic-opens/")
    visit(reporter, urlsplit(link).path)
    expect(reporter).to_have_url("/news/the-clinic-opens/")


def test_redirects_are_imported_from_csv(
    cms: Page, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    file = tmp_path / "old.csv"
    file.write_text("old,new\n/?p=937,/about/\n/a,about\n/about/,/contact/\n/b,/nothing-here/\n")
    visit(cms, "/admin/redirects/")
    cms.get_by_role("button", name="Actions", exact=True).first.click()
    cms.get_by_role("link", name="Import redirects").click()
    cms.get_by_label("File").set_input_files(file)
    cms.get_by_role("button", name="Show what will happen").click()
    expect(cms.get_by_text("Nothing has been saved yet.")).to_be_visible()
    rows = cms.get_by_role("row")
    expect(rows).to_have_count(5)
    expect(rows.nth(1)).to_contain_text("will be created")
    expect(rows.nth(2)).to_contain_text("Not imported: Begin with “/”")
    cms.get_by_role("button", name="Create one redirect").click()
    expect(cms.get_by_text("One redirect was created.")).to_be_visible()
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_contain_text("Begin with “/”")
    expect(rows.nth(2)).to_contain_text("There is a live page at this URL")
    expect(rows.nth(3)).to_contain_text("There is nothing public at “/nothing-here/”.")
    visitor = new_page(390)
    visit(visitor, "/?p=937")
    expect(visitor).to_have_url("/about/")
