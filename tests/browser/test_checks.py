"""The content checker and the word counter, which never prevent saving a draft."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from mission.models import HomePage, StandardPage
from tests import factories
from tests.browser.editor import save_draft
from tests.browser.guide import picture
from tests.browser.navigation import shoot, visit

BODY_HTML = (
    "<p>An addict was helped. <a href='https://www.example.org/'>Click here</a></p>"
    "<p>Four in ten people stayed.</p>"
    "<h3>A small heading first</h3>"
)
CHECK_MESSAGES = (
    "“addict” can hurt",
    "person with a substance use disorder",
    "The text of this link is vague",
    "A claim without a source",
    "Alt text begins with “image of”",
    "There is no summary",
    "A heading skips a level",
)


@pytest.fixture
def careless_page(database: Callable) -> StandardPage:
    with database():
        picture = factories.picture("Checked", size=(600, 400))
        image = {"image": picture.pk, "decorative": False, "alt_text": "Image of two people"}
        page = StandardPage(title="Careless", slug="careless")
        page.body = [
            {"type": "text", "value": BODY_HTML},
            {"type": "figure", "value": {"picture": image, "caption": "At noon."}},
        ]
        HomePage.objects.get(locale__language_code="en").add_child(instance=page)
        page.save_revision().publish()
    return page


def test_content_checker_warns_without_blocking_publish(
    open_cms: Callable[..., Page], new_page: Callable[..., Page], careless_page: StandardPage
) -> None:
    cms = open_cms(at="")
    visit(cms, f"/admin/pages/{careless_page.pk}/edit/")
    cms.get_by_role("button", name="Toggle checks").click()
    panel = cms.locator("[data-side-panel=checks]")
    for sentence in CHECK_MESSAGES:
        expect(panel).to_contain_text(sentence, timeout=30_000)
    picture(cms, "checks", cms.get_by_role("button", name="Toggle checks"))
    cms.get_by_role("button", name="More actions").click()
    cms.get_by_role("button", name="Publish", exact=True).click()
    expect(cms.locator(".messages")).to_contain_text("published")

    reader = new_page()
    visit(reader, "/careless/")
    expect(reader.locator("main")).to_contain_text("An addict was helped")
    assert reader.locator("[data-check]").count() == 0


def test_long_summary_is_counted_and_saved_but_not_published(
    open_cms: Callable[..., Page], careless_page: StandardPage
) -> None:
    cms = open_cms(at="")
    visit(cms, f"/admin/pages/{careless_page.pk}/edit/")
    summary = cms.get_by_role("textbox", name="Summary")
    counter = cms.locator(".word-count")
    expect(counter).to_have_text("0 of 60 words")
    summary.press_sequentially("Three words here")
    expect(counter).to_have_text("3 of 60 words")
    summary.fill("word " * 68)
    advice = "68 words: 60 are easier to read, 100 are the limit"
    expect(counter).to_have_text(advice)
    expect(counter).to_have_attribute("aria-live", "polite")
    shoot(cms, "cms word count advice")
    summary.fill("word " * 101)
    expect(counter).to_have_text("101 words: 1 too many")
    expect(summary).to_have_accessible_description(re.compile("101 words: 1 too many"))
    shoot(cms, "cms word count")
    save_draft(cms)
    expect(cms.locator(".messages")).to_contain_text("has been updated")
    visit(cms, f"/admin/pages/{careless_page.pk}/edit/")
    expect(summary).to_have_value(re.compile(r"^(word\s?){101}$"))
    cms.get_by_role("button", name="More actions").click()
    cms.get_by_role("button", name="Publish", exact=True).click()
    expect(cms.get_by_text("This text has 101 words. Use at most 100.")).to_be_visible()
    expect(summary).to_have_value(re.compile(r"^(word\s?){101}$"))


def test_content_checker_names_picture_without_alt_text_in_language_of_page(
    open_cms: Callable[..., Page], database: Callable
) -> None:
    with database():
        photo = factories.picture("Circles", size=(600, 400))
        spanish = HomePage.objects.get(locale__language_code="es")
        page = StandardPage(title="Página", slug="circulos", locale=spanish.locale, live=False)
        page.lead_picture = photo
        spanish.add_child(instance=page)
        page.save_revision()
    cms = open_cms(at="")
    visit(cms, f"/admin/pages/{page.pk}/edit/")
    cms.get_by_role("button", name="Toggle checks").click()
    panel = cms.locator("[data-side-panel=checks]")
    expect(panel).to_contain_text("“Circles” has no alt text in this language", timeout=30_000)
