"""Text at up to 200 %, small and flat screens: the header never covers what has the focus."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.navigation import visit
from tests.browser.pages import PAGES

# The Content-Security-Policy allows an adopted stylesheet.
TEXT_SIZE = """percent => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`:root { font-size: ${percent}% }`);
    document.adoptedStyleSheets = [sheet];
}"""
# The share of the height of the screen that the sticky header covers.
HEADER = """() => {
    const header = document.querySelector(".site-header");
    scrollTo(0, 2000);
    return Math.max(0, header.getBoundingClientRect().bottom) / innerHeight;
}"""
# What has the focus, and whether any part of it can be seen (WCAG 2.4.11).
FOCUS = """() => {
    const element = document.activeElement;
    if (element === document.body) return null;
    const isSeen = [...element.getClientRects()].some(box =>
        [0.1, 0.3, 0.5, 0.7, 0.9].some(x => [0.1, 0.5, 0.9].some(y => {
            const there = document.elementFromPoint(
                box.left + box.width * x, box.top + box.height * y);
            return there && (element.contains(there) || there.contains(element));
        })));
    return [element.outerHTML.slice(0, 80), isSeen];
}"""
# The links to headings of this page whose heading is not visible after a click.
HIDDEN_TARGETS = """() => [...document.querySelectorAll(".contents a, .skip")].filter(link => {
    link.click();
    const target = document.querySelector(link.hash);
    const top = target.getBoundingClientRect().top;
    const header = document.querySelector(".site-header").getBoundingClientRect().bottom;
    return top < Math.max(0, header) - 1 || top > innerHeight - 20;
}).map(link => link.hash)"""


def hidden_stops(page: Page, key: str) -> tuple[int, list[str]]:
    """How often this key moved the focus, and the focused elements that were hidden."""
    stops = []
    for _ in range(200):
        page.keyboard.press(key)
        if stop := page.evaluate(FOCUS):
            stops.append(stop)
        elif stops:
            break
    return len(stops), [html for html, is_seen in stops if not is_seen]


@pytest.mark.parametrize("percent", [100, 150, 200])
def test_focus_and_targets_of_links_are_not_hidden(
    new_page: Callable[..., Page], percent: int
) -> None:
    page = new_page(390, reduced_motion="reduce")
    page.set_viewport_size({"width": 390, "height": 640})
    visit(page, PAGES["issue"])
    page.evaluate(TEXT_SIZE, percent)
    for key in ("Tab", "Shift+Tab"):
        stops, hidden = hidden_stops(page, key)
        assert stops > 20
        assert hidden == [], key
    page.locator(".contents").evaluate("contents => contents.querySelector('details').open = true")
    assert page.evaluate(HIDDEN_TARGETS) == []


def test_sticky_header_takes_at_most_a_sixth_of_the_height(new_page: Callable[..., Page]) -> None:
    page = new_page(390)
    visit(page, PAGES["page"])
    found = []
    for percent in (100, 150, 200):
        page.evaluate(TEXT_SIZE, percent)
        for size in ((320, 568), (390, 640), (390, 844), (640, 320), (768, 1024), (1440, 900)):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            found.append((percent, *size, page.evaluate(HEADER)))
    assert [each for each in found if each[-1] > 1 / 6] == []
    at_100 = [share for percent, _width, height, share in found if percent == 100 and height > 500]
    assert min(at_100) > 0, "the header is sticky wherever there is room"


# Large letters with narrow line spacing, behind which the browser fills the space of each line. In
# forced colors that would hide the line above.
FILLED = """() => [...document.querySelectorAll("body *")].filter(element => {
    const style = getComputedStyle(element);
    return parseFloat(style.lineHeight) < parseFloat(style.fontSize) &&
        [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()) &&
        element.checkVisibility() && style.forcedColorAdjust !== "none";
}).map(element => element.textContent.trim())"""


@pytest.mark.parametrize("name", ["home", "issue", "urgent help"])
def test_large_letters_hide_no_line_in_forced_colors(
    new_page: Callable[..., Page], name: str
) -> None:
    page = new_page(390, forced_colors="active")
    visit(page, PAGES[name])
    assert page.evaluate(FILLED) == []
