"""Editor tasks, from the dashboard to the public page, each with one mistake that is rejected.

The twelve tasks of the guide:

- here: correct a figure, add an issue, change the hero, raise an alert, run an action
- test_people_tasks: upload a photo, publish a story
- test_consent: withdraw a story
- test_sources: cite a source
- test_publishing_tasks: schedule a press release; move and unpublish a page
- test_spanish: translate a page
"""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.utils import timezone
from playwright.sync_api import Page, expect

from actions.encryption import lookup_hashes
from actions.models import ActionPage
from actions.signatures import Signature
from consent.models import ConsentRecord
from issues.models import IssuePage
from mission.models import HomePage
from site_settings.models import SiteSettings
from tests import factories
from tests.browser.guide import WIDTH, picture
from tests.browser.guide import steps as steps
from tests.browser.navigation import visit
from tests.browser.test_publishing_tasks import publish


def test_claim_is_corrected_with_a_correction_note(
    open_cms: Callable[..., Page],
    new_page: Callable[..., Page],
    steps: Callable[[], int],
    database: Callable,
) -> None:
    with database():
        IssuePage.objects.get(slug="community-reinvestment").save_revision().publish()
    cms = open_cms(WIDTH, role="Editors")
    before = steps()
    cms.get_by_role("link", name="Issues").click()
    cms.get_by_role("link", name="Community Reinvestment", exact=True).click()
    statement = cms.get_by_role("textbox", name="Statement").first
    statement.fill("In 2016, the federal government set aside $15.9 billion for this.")
    statement.scroll_into_view_if_needed()
    cms.mouse.wheel(0, 300)
    picture(cms, "correct-a-figure-claim", statement)
    cms.get_by_role("tab", name="Promote").click()
    cms.get_by_role("button", name="Insert a block").click()
    sentence = cms.get_by_role("textbox", name="Text")
    sentence.fill("An earlier version gave the wrong sum.")
    publish(cms)  # mistake: no date
    expect(cms.locator(".messages")).to_contain_text("could not be saved due to validation errors")
    cms.get_by_role("button", name="Go to the first error").click()
    expect(cms.get_by_text("This field is required.")).to_be_in_viewport()
    expect(sentence).to_have_value("An earlier version gave the wrong sum.")
    picture(cms, "correct-a-figure-refused")
    day = cms.get_by_role("textbox", name="Date*")
    day.fill(f"{timezone.localdate():%Y-%m-%d}")
    publish(cms)
    expect(cms.locator(".messages")).to_contain_text("published")
    assert steps() - before <= 13

    visitor = new_page(390)
    visit(visitor, "/issues/community-reinvestment/")
    expect(visitor.locator("main")).to_contain_text("$15.9 billion")
    expect(visitor.locator("main")).to_contain_text("An earlier version gave the wrong sum.")


def test_issue_is_added_and_reordered(
    open_cms: Callable[..., Page],
    new_page: Callable[..., Page],
    steps: Callable[[], int],
) -> None:
    new_issue = "Care, not court"
    cms = open_cms(WIDTH, role="Editors")
    before = steps()
    cms.get_by_role("link", name="Issues").click()
    add = cms.get_by_role("link", name="Add issue")
    expect(add).to_be_visible()
    picture(cms, "add-and-order-issues-list", add)
    add.click()
    title = cms.get_by_role("textbox", name="Title").first
    title.fill("Community Reinvestment")  # mistake: this title exists
    summary = cms.get_by_role("textbox", name="Summary")
    summary.fill("What this issue is about.")
    expect(cms.locator("#id_slug")).to_have_value("community-reinvestment")  # after a moment
    publish(cms)
    expect(cms.locator(".messages")).to_contain_text("could not be created")
    cms.get_by_role("tab", name="Promote").click()
    picture(cms, "add-and-order-issues-refused")
    taken = cms.get_by_text("The slug 'community-reinvestment' is already in use")
    expect(taken).to_be_visible()
    cms.get_by_label("Slug").fill("care-not-court")
    cms.get_by_role("tab", name="Content").click()
    expect(summary).to_have_value("What this issue is about.")
    title.fill(new_issue)
    publish(cms)
    expect(cms.locator(".messages")).to_contain_text("published")

    cms.get_by_role("button", name="Pages").click()
    cms.get_by_role("link", name="View child pages of 'Drug Policy Alliance'").first.click()
    cms.locator(".c-page-explorer__item__link", has_text="Issues").click()
    grips = cms.locator(".w-orderable__item__handle")
    grip = cms.locator("tr", has_text=new_issue).locator(".w-orderable__item__handle")
    picture(cms, "add-and-order-issues-order", grip)
    grip.focus()
    number = grips.count()
    for key in ("ArrowUp", "ArrowUp", "Enter"):
        cms.keyboard.press(key)
    expect(cms.locator(".messages")).to_contain_text("moved successfully")
    assert steps() - before <= 22
    visitor = new_page(1280)
    visit(visitor, "/issues/")
    titles = visitor.locator("main article h2, main article h3").all_inner_texts()
    assert titles.index(new_issue) == number - 3

    last, first = grips.last, cms.locator("tbody tr").first  # reordering by drag and drop
    last.drag_to(first)
    expect(cms.locator(".messages")).to_contain_text("moved successfully")


def test_hero_is_changed(
    open_cms: Callable[..., Page],
    new_page: Callable[..., Page],
    steps: Callable[[], int],
    database: Callable,
) -> None:
    with database():
        HomePage.objects.get(locale__language_code="en").save_revision().publish()
        factories.picture("March in the sun")
        rain = factories.picture("March in the rain")
        ConsentRecord.objects.filter(pk=rain.consent_id).update(shown="")
    cms = open_cms(WIDTH, role="Editors")
    before = steps()
    cms.get_by_role("button", name="Pages").click()
    cms.get_by_role("link", name="Edit 'Drug Policy Alliance'").first.click()
    statement = cms.get_by_role("textbox", name="Statement").first
    statement.fill("Love, not war")
    more = cms.get_by_role("region", name="Hero").get_by_role("button", name="Actions")

    def choose(title: str) -> None:
        more.click()
        cms.get_by_role("button", name="Change image").click()
        dialog = cms.get_by_role("dialog")
        dialog.get_by_role("link", name=title).click()
        dialog.get_by_role("button", name="Insert image").or_(cms.locator("body")).first.wait_for()
        expect(dialog).to_be_hidden()

    picture(cms, "change-the-hero-fields", statement, more)
    choose("March in the rain")  # mistake: “Who is shown” is empty
    publish(cms)
    expect(cms.get_by_text("“March in the rain”: Say who is shown").first).to_be_visible()
    picture(cms, "change-the-hero-refused")
    expect(statement).to_have_value("Love, not war")
    choose("March in the sun")
    publish(cms)
    expect(cms.locator(".messages")).to_contain_text("published")
    assert steps() - before <= 13
    visitor = new_page(390)
    visit(visitor, "/")
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Love, not war")


def test_alert_is_shown_until_it_ends(
    open_cms: Callable[..., Page],
    new_page: Callable[..., Page],
    steps: Callable[[], int],
    database: Callable,
) -> None:
    words = "Our telephone line is down until tonight."
    cms = open_cms(WIDTH, role="Editors")
    before = steps()
    cms.get_by_role("button", name="Settings").click()
    cms.get_by_role("link", name="Site settings").click()
    cms.get_by_label("Sentence").fill(words)
    expect(cms.get_by_text("Time zone: America/New_York")).to_be_visible()
    cms.get_by_role("button", name="Save").click()  # mistake: no end
    expect(cms.get_by_text("Say when this alert ends")).to_be_visible()
    expect(cms.get_by_label("Sentence")).to_have_value(words)
    ends = cms.get_by_label("Ends")
    picture(cms, "raise-an-alert-refused", ends)
    ends.fill(f"{timezone.localtime() + timedelta(hours=5):%Y-%m-%d %H:%M}")
    cms.get_by_role("button", name="Save").click()
    expect(cms.locator(".messages")).to_contain_text("updated")
    assert steps() - before <= 6
    visitor = new_page(WIDTH)
    visit(visitor, "/about/")
    expect(visitor.get_by_text(words)).to_be_visible()
    picture(visitor, "raise-an-alert-seen", height=300)
    with database():
        past = timezone.now() - timedelta(seconds=1)
        SiteSettings.objects.update(alert_until=past)
    visitor.reload()
    expect(visitor.get_by_text(words)).to_have_count(0)


def test_action_is_created_and_published(
    open_cms: Callable[..., Page],
    new_page: Callable[..., Page],
    steps: Callable[[], int],
) -> None:
    cms = open_cms(WIDTH, role="Campaigners")
    before = steps()
    cms.get_by_role("button", name="Pages").click()
    cms.locator(".c-page-explorer__item__link", has_text="Drug Policy Alliance").first.click()
    add = cms.get_by_role("link", name="Add child page").first
    picture(cms, "run-an-action-add", add)
    add.click()
    cms.get_by_role("link", name=re.compile("^Action")).click()
    cms.get_by_role("textbox", name="Title").first.fill("Ask for a clinic")
    cms.get_by_label("Subject of the letter").fill("A clinic on our street")
    cms.get_by_label("Letter", exact=True).fill("Dear council,\n\nplease open a clinic.")
    cms.get_by_label("Link to find the recipient").fill("Find your council member")
    finder = cms.get_by_label("URL of that link")
    finder.fill("the website of the city")  # mistake: no URL
    publish(cms)
    expect(cms.get_by_text("Enter a valid URL.")).to_be_visible()
    finder.scroll_into_view_if_needed()
    picture(cms, "run-an-action-refused", finder)
    finder.fill("https://www.example.org/council")
    publish(cms)
    expect(cms.locator(".messages")).to_contain_text("published")
    assert steps() - before <= 14
    visitor = new_page(390, javascript=False)
    visit(visitor, "/ask-for-a-clinic/")
    expect(visitor.locator("main")).to_contain_text("please open a clinic")
    expect(visitor.locator('a[href^="mailto:?subject=A%20clinic"]').first).to_be_visible()


def test_petition_is_exported_and_entry_deleted(
    open_cms: Callable[..., Page], steps: Callable[[], int], database: Callable
) -> None:
    email = "rosa@example.org"
    with database():
        petition = ActionPage.objects.get(kind="petition", locale__language_code="en")
        Signature.objects.create(
            action=petition.translation_key,
            email=email,
            email_key=lookup_hashes(email)[0],
            name="Rosa",
            language="en",
            confirmed_at=timezone.now(),
        )
    cms = open_cms(WIDTH, role="Campaigners")
    before = steps()
    cms.get_by_role("link", name="Participants").click()
    cms.get_by_role("link", name=petition.title).click()
    with cms.expect_download() as download:
        cms.get_by_role("button", name="Export file").click()
    assert email in Path(download.value.path()).read_text("utf-8")

    cms.get_by_role("link", name="Participants").click()
    address = cms.get_by_label("Email")
    address.fill("rosa at example.org")  # mistake: no email address
    cms.get_by_role("button", name="Delete data").click()
    expect(cms.get_by_text("Enter the full email address")).to_be_visible()
    expect(address).to_have_value("rosa at example.org")
    address.fill(email)
    cms.get_by_role("button", name="Delete data").click()
    expect(cms.locator(".messages")).to_contain_text("1 entry was deleted.")
    assert steps() - before <= 8
