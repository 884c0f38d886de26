"""Consent records and permanent withdrawal in the browser."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localdate
from playwright.sync_api import Page, expect

from consent.models import ConsentRecord
from stories.models import StoryIndexPage, StoryPage
from tests import factories
from tests.browser.editor import SAVED, TIMEOUT
from tests.browser.guide import WIDTH, picture
from tests.browser.guide import steps as steps
from tests.browser.navigation import shoot, visit


def test_publish_without_consent_says_what_is_missing_and_keeps_input(
    cms: Page, database: Callable
) -> None:
    with database():
        index = StoryIndexPage.objects.get(locale__language_code="en")
    visit(cms, reverse("wagtailadmin_pages:add", args=["stories", "storypage", index.pk]))
    cms.get_by_role("textbox", name="Title").first.fill("Never refused before")
    quote = cms.get_by_role("textbox", name="Quote", exact=True)
    quote.fill("Words that must not be lost")
    cms.get_by_role("button", name="More actions").click()
    cms.get_by_role("button", name="Publish", exact=True).click()
    expect(cms.locator(".messages")).to_contain_text("Consent is not complete: Say who is shown")
    expect(quote).to_have_value("Words that must not be lost")
    with database():
        assert not StoryPage.objects.filter(live=True, title="Never refused before").exists()
    cms.get_by_role("button", name="Actions", exact=True).first.click()
    actions = cms.get_by_role("navigation", name="Actions", exact=True)
    actions.get_by_role("link", name="Consent", exact=True).click()
    expect(cms.get_by_role("heading", name="What is agreed")).to_be_visible()


def test_steward_tasks_by_keyboard(
    open_cms: Callable[..., Page], database: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Find a consent that ends this month. Renew it, narrow it and withdraw it."""
    # “This month” is the next one here, because day 20 of the present month may be past.
    next_month = (localdate().replace(day=1) + timedelta(days=32)).replace(day=1)
    monkeypatch.setattr("consent.viewsets.localdate", lambda: next_month)
    with database():
        record = factories.consent(expires_on=next_month.replace(day=20), for_social=True)
        index = StoryIndexPage.objects.get(locale__language_code="en")
        for title, consent in (("It ends soon", record), ("It lasts", factories.consent())):
            story = factories.StoryPageFactory(parent=index, title=title, consent=consent)
            story.save_revision().publish()
    cms = open_cms(WIDTH, role="Story stewards")
    cms.get_by_role("link", name="Consent", exact=True).press("Enter")
    cms.get_by_role("button", name="Show filters").press("Enter")
    cms.get_by_role("button", name="State").press("Enter")
    cms.get_by_role("radio", name="Any").first.press("ArrowDown")
    expect(cms.get_by_role("radio", name="Ends this month")).to_be_checked()
    expect(cms.get_by_role("link", name="It lasts")).to_have_count(0)
    expect(cms).to_have_url(re.compile("state=month"))
    cms.keyboard.press("Escape")
    shoot(cms, "consent-list")
    cms.get_by_role("link", name="It ends soon").press("Enter")

    cms.get_by_role("link", name="Renew or change").press("Enter")
    later = cms.get_by_label("Expires on")
    later.focus()
    later.press("ControlOrMeta+a")
    cms.keyboard.type("02/30/2027")  # no such day
    cms.get_by_role("button", name="Save").press("Enter")
    expect(cms.get_by_text("“02/30/2027” is not a date.").first).to_be_visible()
    expect(later).to_have_value("02/30/2027")
    later.press("ControlOrMeta+a")
    cms.keyboard.type(f"{localdate() + timedelta(days=730):%m/%d/%Y}")
    cms.get_by_role("button", name="Save").press("Enter")
    expect(cms.locator(".messages")).to_contain_text("Saved. Expires on: ")

    cms.get_by_role("link", name="Narrow").press("Enter")
    expect(
        cms.get_by_text("remove it from social media at once. This affects 1 page")
    ).to_be_visible()
    cms.get_by_label("On social media").press("Space")
    shoot(cms, "consent-narrow")
    cms.get_by_role("button", name="Save").press("Enter")
    expect(cms.locator(".messages")).to_contain_text("Saved. Removed from social media: 1 page.")
    expect(cms.get_by_role("row").nth(1)).to_contain_text("On social media: yes → no")
    shoot(cms, "consent-record")
    with database():
        saved = ConsentRecord.objects.get(pk=record.pk)
        assert (saved.for_social, saved.expires_on) == (False, localdate() + timedelta(days=730))

    cms.get_by_role("link", name="Withdraw", exact=True).press("Enter")
    cms.get_by_label("Type its title").press("I")
    cms.keyboard.type("t ends soon")
    cms.get_by_role("button", name="Erase it now").press("Enter")
    expect(cms.get_by_text("It has been erased.")).to_be_visible()
    with database():
        assert not ConsentRecord.objects.filter(pk=record.pk).exists()


@pytest.mark.parametrize("name", ["narrow", "edit"])
def test_consent_forms_fit_on_a_phone(
    open_cms: Callable[..., Page], database: Callable, name: str
) -> None:
    with database():
        index = StoryIndexPage.objects.get(locale__language_code="en")
        story = factories.StoryPageFactory(parent=index, consent=factories.consent())
    cms = open_cms(390, role="Story stewards")
    visit(cms, reverse(f"consent:{name}", args=[story.consent_id]))
    cut_off = cms.locator("#header-title *, .w-field__input *").evaluate_all(
        """elements => elements
            .map(element => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
            .filter(([, box]) => box.width && (box.left < 0 || box.right > innerWidth))
            .map(([html]) => html)"""
    )
    assert cut_off == []


def test_story_form_open_in_another_window_does_not_widen_consent(
    open_cms: Callable[..., Page], database: Callable
) -> None:
    with database():
        record = factories.consent(for_social=True, for_print=True)
        index = StoryIndexPage.objects.get(locale__language_code="en")
        story = factories.StoryPageFactory(parent=index, title="Two windows", consent=record)
        story.save_revision().publish()
    admin, writer = (open_cms(at="", role=role) for role in ("", "Writers"))
    visit(admin, reverse("wagtailadmin_pages:edit", args=[story.pk]))  # opened first

    visit(writer, reverse("consent:narrow", args=[record.pk]))
    writer.get_by_label("On social media").uncheck()
    writer.get_by_role("button", name="Save").click()
    expect(writer.locator(".messages")).to_contain_text("Removed from social media: 1 page.")
    with database():
        narrowed = ConsentRecord.objects.get(pk=record.pk)

    admin.get_by_role("textbox", name="Quote", exact=True).fill("Typed in the older window")
    expect(admin.locator(SAVED)).to_be_visible(timeout=TIMEOUT)
    with database():
        assert ConsentRecord.objects.get(pk=record.pk).digest == narrowed.digest
    admin.get_by_role("button", name="Publish", exact=True).click()
    expect(admin.locator(".messages")).to_contain_text("published")
    with database():
        assert StoryPage.objects.get(pk=story.pk).pull_quote == "Typed in the older window"
        assert ConsentRecord.objects.get(pk=record.pk).digest == narrowed.digest
        assert not narrowed.for_social


def test_withdrawn_story_returns_410(
    open_cms: Callable[..., Page],
    new_page: Callable[..., Page],
    steps: Callable[[], int],
    database: Callable,
) -> None:
    cms = open_cms(WIDTH, role="Story stewards")
    with database():
        story = factories.StoryPageFactory(
            parent=StoryIndexPage.objects.get(locale__language_code="en"),
            title="Mine, and not yours",
            slug="mine",
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
