"""The quick exit link and its keyboard shortcut."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Error, Locator, Page, Route, expect

from tests.browser.navigation import visit

STORY = "/stories/i-bring-his-picture/"
TARGET = "https://www.weather.gov/"
IS_HIDDEN = "document.documentElement.hidden"
EXPECT_WHEEL = """() => {
    document.wheel = new Promise(
        done => addEventListener("wheel", () => done(true), {once: true}));
}"""
# Logs the page's state during the click event, before the next frame. It uses the console because
# Chromium cannot evaluate scripts in a page that is being replaced.
LOG_STATE_ON_CLICK = """() => addEventListener("click", () => console.log(JSON.stringify({
    seen: document.documentElement.checkVisibility(),
    title: document.title,
    path: location.pathname,
    pages: history.length,
})))"""


class Target:
    """The site that the link leads to. It never responds if `is_silent` is set."""

    def __init__(self, context: BrowserContext) -> None:
        self.is_silent = False
        self.requested: list[Route] = []
        context.route(f"{TARGET}**", self.handle)

    def handle(self, route: Route) -> None:
        self.requested.append(route)
        if not self.is_silent:
            route.fulfill(content_type="text/html", body="<title>Weather</title><h1>Sunny</h1>")

    @property
    def referrers(self) -> list[str | None]:
        return [route.request.headers.get("referer") for route in self.requested]


@pytest.fixture
def reading(new_page: Callable[..., Page]) -> Callable[..., tuple[Page, Target]]:
    """`page, target = reading()` opens /about/ and then a story in a new window."""

    def open_window(path: str = STORY, **options: object) -> tuple[Page, Target]:
        page = new_page(hosts=(TARGET,), **options)
        target = Target(page.context)
        visit(page, "/about/")
        visit(page, path)
        return page, target

    return open_window


def link(page: Page) -> Locator:
    return page.get_by_role("link", name="Quick exit", exact=True)


def test_quick_exit_hides_page_before_target_responds(reading: Callable) -> None:
    page, target = reading()
    target.is_silent = True
    before = page.evaluate("history.length")
    page.evaluate(LOG_STATE_ON_CLICK)
    with page.expect_request(f"{TARGET}**"), page.expect_console_message() as told:
        link(page).click(no_wait_after=True)
    assert json.loads(told.value.text) == {
        "seen": False,
        "title": "www.weather.gov",
        "path": "/",
        "pages": before,
    }
    with pytest.raises(Error, match="ERR_ABORTED"):  # cancels the pending navigation
        page.go_back()
    expect(page).to_have_url(re.compile("/about/$"))
    assert page.evaluate("history.length") == before
    assert len(target.requested) == 1
    target.requested[0].abort()


def test_quick_exit_replaces_history_and_sends_no_referrer(reading: Callable) -> None:
    page, target = reading()
    before = page.evaluate("history.length")
    link(page).click()
    expect(page.get_by_role("heading", name="Sunny")).to_be_visible()
    assert page.evaluate("history.length") == before
    assert target.referrers == [None]
    assert page.evaluate("document.referrer") == ""
    page.go_back()
    expect(page).to_have_url(re.compile("/about/$"))


def test_pressing_shift_three_times_triggers_quick_exit(reading: Callable) -> None:
    page, _target = reading("/urgent-help/")
    for _ in range(3):
        page.keyboard.press("Shift")
    expect(page.get_by_role("heading", name="Sunny")).to_be_visible()


def test_typing_does_not_trigger_quick_exit(reading: Callable) -> None:
    page, target = reading("/search/")
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
    page.keyboard.down("Shift")  # a held key repeats
    for _ in range(5):
        page.keyboard.down("Shift")
    page.keyboard.up("Shift")
    for _ in range(3):  # scrolling sideways
        page.keyboard.down("Shift")
        page.evaluate(EXPECT_WHEEL)
        page.mouse.wheel(40, 0)
        page.evaluate("document.wheel")  # waits
        page.keyboard.up("Shift")
    assert not page.evaluate(IS_HIDDEN)
    assert not target.requested


def test_quick_exit_without_javascript_is_a_link(reading: Callable) -> None:
    page, target = reading(javascript=False)
    assert link(page).get_attribute("rel") == "nofollow noreferrer"
    link(page).click()
    expect(page.get_by_role("heading", name="Sunny")).to_be_visible()
    assert target.referrers == [None]
