"""How every page type and every state of every block looks: in `var/shots/`, for eyes to judge.

What a machine can judge fails here: text over text, a page wider than its screen, and things
that move while the page loads.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import check_in_both_schemes
from tests.browser.test_reader import PAGES

SHOTS = settings.BASE_DIR / "var/shots"
STYLE = {
    "style": "/-/style/",
    "form": "/-/style/form/empty/",
    "form with mistakes": "/-/style/form/mistakes/",
    "thanks": "/-/style/form/thanks/",
    "gone": "/-/style/error/410/",
    "broken": "/-/style/error/500/",
    **{f"{number} issues": f"/-/style/issues/{number}/" for number in (1, 2, 4, 5, 12)},
}
EVERYTHING = PAGES | STYLE
MOST_SHIFT = 0.02  # section 7 of the house plan

OVERLAPS = (Path(__file__).parent / "overlaps.js").read_text("utf-8")
SHIFTS = """() => new Promise(resolve => {
    let sum = 0;
    new PerformanceObserver(list => list.getEntries().forEach(entry => { sum += entry.value; }))
        .observe({type: "layout-shift", buffered: true});
    setTimeout(() => resolve(sum), 100);
})"""
SCROLL_THROUGH = """async () => {
    for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
        scrollTo({top: y, behavior: "instant"});
        await new Promise(requestAnimationFrame);
    }
    await Promise.all([...document.images].map(image => image.decode().catch(() => {})));
    await document.fonts.ready;
    scrollTo({top: 0, behavior: "instant"});
}"""


def test_text_over_text_and_late_moves_would_be_seen(new_page: Callable[..., Page]) -> None:
    page = new_page(390, bypass_csp=True)
    page.goto("/about/")
    assert page.evaluate(OVERLAPS) == []
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    page.add_style_tag(content="h1 { margin-block-end: -3rem } main { padding-block-start: 9rem }")
    assert page.evaluate(OVERLAPS) != []
    assert page.evaluate(SHIFTS) > MOST_SHIFT


@pytest.mark.parametrize("width", [390, 768, 1440])
@pytest.mark.parametrize("name", EVERYTHING)
def test_no_text_lies_on_another(new_page: Callable[..., Page], name: str, width: int) -> None:
    page = new_page(width, reduced_motion="reduce")
    page.goto(EVERYTHING[name])
    page.evaluate(SCROLL_THROUGH)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        shot = SHOTS / f"{name.replace(' ', '-')}-{width}-{scheme}.jpg"
        page.screenshot(path=shot, full_page=True, type="jpeg", quality=80)
    assert page.evaluate("document.fonts.size") > 0
    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", EVERYTHING.values(), ids=EVERYTHING)
def test_nothing_is_wider_than_the_smallest_phone(new_page: Callable[..., Page], path: str) -> None:
    page = new_page(320)
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(OVERLAPS) == []


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_nothing_moves_while_a_page_loads_slowly(
    new_page: Callable[..., Page], path: str, width: int
) -> None:
    page = new_page(width)
    phone = page.context.new_cdp_session(page)
    phone.send("Network.enable")
    phone.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 100, "downloadThroughput": 200_000, "uploadThroughput": -1},
    )
    page.goto(path, wait_until="networkidle")
    assert page.evaluate("[...document.fonts].filter(font => font.status === 'loaded').length") >= 2
    assert page.evaluate(SHIFTS) <= MOST_SHIFT


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize(
    "name", ["style", "form with mistakes", "thanks", "gone", "broken", "12 issues"]
)
def test_axe_finds_nothing_in_any_state(
    new_page: Callable[..., Page], name: str, width: int
) -> None:
    page = new_page(width, reduced_motion="reduce", bypass_csp=True)
    page.goto(STYLE[name])
    check_in_both_schemes(page)


@pytest.mark.parametrize("name", ["issue", "story with portrait", "story by voice"])
def test_a_page_prints_on_two_sheets_with_its_sources_and_its_own_address(
    new_page: Callable[..., Page], name: str
) -> None:
    page = new_page(1280, color_scheme="dark")
    page.goto(PAGES[name])
    sheets = re.findall(rb"/Type /Page\b", page.pdf(format="Letter"))
    assert 1 <= len(sheets) <= 2
    page.emulate_media(media="print")
    printed = page.locator("body").evaluate(
        "body => [getComputedStyle(body).color, getComputedStyle(body).backgroundColor]"
    )
    assert printed == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    expect(page.locator(".paper-only")).to_contain_text(PAGES[name])
    for hidden in ("header.site-header", "footer nav", ".contents", ".next"):
        assert not page.locator(hidden).first.is_visible()
    sources = page.locator('.sources a[href^="http"]').all()
    assert sources or name != "issue"
    for source in sources:
        address = source.get_attribute("href")
        shown = source.evaluate("link => getComputedStyle(link, '::after').content")
        assert f"({address})" in shown.replace('"', "").replace("  ", " ")
