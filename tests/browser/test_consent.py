"""Consent checks and permanent withdrawal in the browser."""

from collections.abc import Callable

from django.urls import reverse
from playwright.sync_api import Page, expect

from stories.models import StoryIndexPage, StoryPage
from tests import factories
from tests.browser.guide import WIDTH, picture
from tests.browser.guide import steps as steps
from tests.browser.navigation import visit


def test_publish_without_consent_shows_field_error_and_keeps_input(
    cms: Page, database: Callable
) -> None:
    with database():
        index = StoryIndexPage.objects.get()
    visit(cms, reverse("wagtailadmin_pages:add", args=["stories", "storypage", index.pk]))
    cms.get_by_role("textbox", name="Title").first.fill("Never refused before")
    quote = cms.get_by_role("textbox", name="Quote", exact=True)
    quote.fill("Words that must not be lost")
    cms.get_by_role("combobox", name="Who is shown").select_option("recognisable")
    cms.get_by_role("combobox", name="Basis").select_option("form")
    cms.get_by_role("button", name="More actions").click()
    cms.get_by_role("button", name="Publish", exact=True).click()
    expect(cms.locator(".messages")).to_contain_text("errors")
    expect(cms.get_by_text("Write the number of the signed form.")).to_be_visible()
    expect(quote).to_have_value("Words that must not be lost")
    with database():
        assert not StoryPage.objects.filter(live=True, title="Never refused before").exists()


def test_withdrawn_story_returns_410(
    open_cms: Callable[..., Page],
    new_page: Callable[..., Page],
    steps: Callable[[], int],
    database: Callable,
) -> None:
    cms = open_cms(WIDTH, role="Story stewards")
    with database():
        story = factories.StoryPageFactory(
            parent=StoryIndexPage.objects.get(), title="Mine, and not yours", slug="mine"
        )
        story.save_revision().publish()
    visitor = new_page(390)
    visit(visitor, "/stories/mine/")

    before = steps()
    cms.get_by_role("link", name="Stories", exact=True).click()
    cms.get_by_role("link", name="Mine, and not yours").click()
    cms.get_by_role("button", name="Actions", exact=True).first.click()
    cms.get_by_role("link", name="Withdraw permanently").click()
    expect(cms.get_by_role("heading", level=1)).to_contain_text("Withdraw permanently")
    typed = cms.get_by_label("Type its title")
    typed.fill("Mine")  # a wrong title
    cms.get_by_role("button", name="Erase it now").click()
    expect(cms.get_by_text("The title does not match")).to_be_visible()
    visit(visitor, "/stories/mine/")
    picture(cms, "take-a-story-down-refused", typed)
    typed.fill("mine, and not yours")
    cms.get_by_role("button", name="Erase it now").click()
    expect(cms.get_by_text("It has been erased.")).to_be_visible()
    expect(cms.get_by_text("35 days")).to_be_visible()
    assert steps() - before <= 8

    visit(visitor, "/stories/mine/", status=410)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("This page has been removed")
