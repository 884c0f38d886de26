"""Citing sources in the editor, and following them on the page."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from mission.models import HomePage, StandardPage
from tests.browser.guide import WIDTH, picture
from tests.browser.guide import steps as steps
from tests.browser.navigation import shoot, visit

FIRST, SECOND = "Overdoses fell by half.", "Most people stayed."


@pytest.fixture
def page_with_text(database: Callable) -> StandardPage:
    with database():
        page = StandardPage(title="What we know", slug="what-we-know", summary="A summary.")
        page.body = [
            {"type": "text", "value": f"<p>{FIRST}</p><h2>More</h2><p>{SECOND}</p>"},
            {"type": "claim", "value": {"statement": "A third thing.", "source": "Report three"}},
        ]
        HomePage.objects.get(locale__language_code="en").add_child(instance=page)
        page.save_revision().publish()
    return page


def cite(cms: Page, words: str, **source: str) -> Locator:
    """Add a source after `words` and return the source dialog."""
    cms.locator(".public-DraftEditor-content").get_by_text(words).first.click()
    cms.keyboard.press("End")
    cms.keyboard.type("/source")
    expect(cms.get_by_role("option", name="Source", exact=True)).to_be_visible()
    cms.keyboard.press("Enter")
    window = cms.get_by_role("dialog")
    expect(window).to_be_visible()
    for label, value in source.items():
        window.get_by_label(label.upper() if label == "url" else label.capitalize()).fill(value)
    window.get_by_role("button", name="Save this source").click()
    return window


def test_sources_are_cited_and_linked_both_ways(
    open_cms: Callable[..., Page],
    new_page: Callable[..., Page],
    steps: Callable[[], int],
    page_with_text: StandardPage,
) -> None:
    cms = open_cms(WIDTH, role="Editors", at="")
    visit(cms, f"/admin/pages/{page_with_text.pk}/edit/")
    before = steps()
    window = cite(cms, SECOND, title="Report two", publisher="A bureau", date="March 2024")
    expect(window).to_be_hidden()
    window = cite(cms, FIRST, title="Report one & more", url="no address")  # mistake: no URL
    expect(window).to_contain_text("Enter a valid URL")
    expect(window.get_by_label("Title")).to_have_value("Report one & more")
    window.get_by_label("URL").fill("example.org/one")
    window.get_by_role("button", name="Save this source").press("Enter")
    expect(window).to_be_hidden()
    cms.get_by_role("button", name="More actions").click()
    cms.get_by_role("button", name="Publish", exact=True).click()
    expect(cms.locator(".messages")).to_contain_text("published")
    assert steps() - before <= 24

    reader = new_page(390, javascript=False)
    visit(reader, "/what-we-know/")
    listed = reader.get_by_role("region", name="Sources").get_by_role("listitem")
    expect(listed).to_contain_text(["Report one & more", "Report two, A bureau, March 2024", "Rep"])
    reader.get_by_role("link", name="Source 2", exact=True).focus()
    reader.keyboard.press("Enter")
    expect(reader).to_have_url(re.compile("#source-2$"))
    expect(listed.nth(1)).to_be_in_viewport()
    expect(listed.nth(1)).to_have_css("background-color", "rgb(255, 223, 155)")
    reader.keyboard.press("Tab")  # from the source to its link back
    expect(reader.get_by_role("link", name="Back to the text from source 2")).to_be_focused()
    reader.keyboard.press("Enter")
    expect(reader).to_have_url(re.compile("#mark-2$"))
    expect(reader.get_by_role("link", name="Source 2", exact=True)).to_be_in_viewport()
    reader.emulate_media(media="print")
    expect(reader.locator(".source-number").first).to_be_visible()
    expect(reader.locator(".back").first).to_be_hidden()
    reader.emulate_media(media="screen")
    for width in (390, 768, 1440):
        reader.set_viewport_size({"width": width, "height": 900})
        shoot(reader, f"sources {width}")


def test_source_is_edited_and_removed(
    open_cms: Callable[..., Page], page_with_text: StandardPage, database: Callable
) -> None:
    cms = open_cms(WIDTH, at="")
    visit(cms, f"/admin/pages/{page_with_text.pk}/edit/")
    expect(cite(cms, FIRST, title="A report")).to_be_hidden()
    mark = cms.locator(".TooltipEntity")
    mark.evaluate("element => element.scrollIntoView({block: 'center', behavior: 'instant'})")
    mark.click()
    picture(cms, "prove-a-claim-mark")
    cms.get_by_role("button", name="Edit", exact=True).click()
    window = cms.get_by_role("dialog")
    expect(window.get_by_label("Title")).to_have_value("A report")
    window.get_by_label("URL").fill("no address")
    window.get_by_role("button", name="Save this source").click()
    expect(window).to_contain_text("Enter a valid URL")
    picture(cms, "prove-a-claim-refused", window.get_by_label("URL"))
    window.get_by_label("URL").fill("https://www.example.org/")
    window.get_by_label("Title").fill("Another report")
    window.get_by_role("button", name="Save this source").click()
    expect(window).to_be_hidden()
    expect(mark).to_have_count(1)
    stored = cms.locator('input[name="body-0-value"]')
    expect(stored).to_have_value(re.compile('"title": ?"Another report"'))
    mark.click()
    cms.get_by_role("button", name="Remove", exact=True).click()
    expect(mark).to_have_count(0)
    expect(stored).not_to_have_value(re.compile("†|u2020"))  # the mark is not left in the text
    cms.keyboard.type(" Typed on.", delay=30)
    expect(cms.locator(".public-DraftEditor-content").first).to_contain_text(f"{FIRST} Typed on.")


def test_source_is_sent_again_after_a_lost_answer(
    open_cms: Callable[..., Page], page_with_text: StandardPage
) -> None:
    cms = open_cms(WIDTH, at="")
    visit(cms, f"/admin/pages/{page_with_text.pk}/edit/")
    lost: list[str] = []

    def lose_first_form(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.request.url)
            route.abort()  # Wagtail shows an alert, and the window stays open
        else:
            route.continue_()

    cms.route("**/source/**", lose_first_form)
    window = cite(cms, FIRST, title="A report")
    expect(window.get_by_label("Title")).to_have_value("A report")
    # Not a click, because a second one within a second counts as a double click.
    window.locator("form").evaluate("form => form.requestSubmit()")
    expect(window).to_be_hidden()
    expect(cms.locator(".TooltipEntity")).to_have_count(1)
