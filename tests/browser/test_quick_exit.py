"""Somebody comes into the room: the way out of this site."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Error, Locator, Page, Route, expect

from tests.browser.visits import visit

STORY = "/stories/i-bring-his-picture/"
TARGET = "https://www.weather.gov/"
GONE = "document.documentElement.hidden"
# Told while the click is still being heard: nobody sees a frame of the page after that. And told in
# the console, since Chromium answers no question about a page that another is about to replace.
TELL = """() => addEventListener("click", () => console.log(JSON.stringify({
    seen: document.documentElement.checkVisibility(),
    title: document.title,
    path: location.pathname,
    pages: history.length,
})))"""


class Elsewhere:
    """The site that the link leads to, which answers, or for ever does not."""

    def __init__(self, context: BrowserContext) -> None:
        self.is_black_hole = False
        self.asked: list[Route] = []
        context.route(f"{TARGET}**", self.handle)

    def handle(self, route: Route) -> None:
        self.asked.append(route)
        if not self.is_black_hole:
            route.fulfill(content_type="text/html", body="<title>Weather</title><h1>Sunny</h1>")

    @property
    def referrers(self) -> list[str | None]:
        return [route.request.headers.get("referer") for route in self.asked]


@pytest.fixture
def reading(new_page: Callable[..., Page]) -> Callable[..., tuple[Page, Elsewhere]]:
    """`page, elsewhere = reading()`: somebody read another page, then a story."""

    def open_window(path: str = STORY, **options: object) -> tuple[Page, Elsewhere]:
        page = new_page(hosts=(TARGET,), **options)
        elsewhere = Elsewhere(page.context)
        visit(page, "/about/")
        visit(page, path)
        return page, elsewhere

    return open_window


def link(page: Page) -> Locator:
    return page.get_by_role("link", name="Quick exit", exact=True)


def test_the_page_is_gone_at_once_even_if_nothing_answers(reading: Callable) -> None:
    page, elsewhere = reading()
    elsewhere.is_black_hole = True
    before = page.evaluate("history.length")
    page.evaluate(TELL)
    with page.expect_request(f"{TARGET}**"), page.expect_console_message() as told:
        link(page).click(no_wait_after=True)
    assert json.loads(told.value.text) == {
        "seen": False,
        "title": "www.weather.gov",
        "path": "/",
        "pages": before,
    }
    with pytest.raises(Error, match="ERR_ABORTED"):  # what was not answered is given up
        page.go_back()
    expect(page).to_have_url(re.compile("/about/$"))
    assert page.evaluate("history.length") == before
    assert len(elsewhere.asked) == 1
    elsewhere.asked[0].abort()


def test_back_does_not_bring_it_back_and_nobody_is_told(reading: Callable) -> None:
    page, elsewhere = reading()
    before = page.evaluate("history.length")
    link(page).click()
    expect(page.get_by_role("heading", name="Sunny")).to_be_visible()
    assert page.evaluate("history.length") == before
    assert elsewhere.referrers == [None]
    assert page.evaluate("document.referrer") == ""
    page.go_back()
    expect(page).to_have_url(re.compile("/about/$"))


def test_shift_three_times(reading: Callable) -> None:
    page, _elsewhere = reading("/urgent-help/")
    for _ in range(3):
        page.keyboard.press("Shift")
    expect(page.get_by_role("heading", name="Sunny")).to_be_visible()


def test_typing_never_fires_it(reading: Callable) -> None:
    page, elsewhere = reading("/search/")
    field = page.get_by_label("Search terms")
    field.focus()
    for letter in "ABCDEF":
        page.keyboard.press(f"Shift+{letter}")
    for _ in range(4):
        page.keyboard.press("Shift")
    expect(field).to_have_value("ABCDEF")
    field.blur()
    for key in ("Shift", "Shift", "Shift+Tab", "Shift", "Shift", "a", "Shift"):
        page.keyboard.press(key)
    page.keyboard.down("Shift")  # held, a key repeats
    for _ in range(5):
        page.keyboard.down("Shift")
    page.keyboard.up("Shift")
    assert not page.evaluate(GONE)
    assert not elsewhere.asked


def test_without_javascript_it_is_a_link(reading: Callable) -> None:
    page, elsewhere = reading(javascript=False)
    assert link(page).get_attribute("rel") == "nofollow noreferrer"
    link(page).click()
    expect(page.get_by_role("heading", name="Sunny")).to_be_visible()
    assert elsewhere.referrers == [None]
