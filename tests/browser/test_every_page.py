"""Layout, accessibility and privacy of every page, on a phone and a desktop with a slow network.

The tests check layout shifts, overlapping text, horizontal overflow, axe, text at 200 %, cookies
and browser storage.
`SHOTS=1 make test ONE=tests/browser/test_every_page.py` saves screenshots in var/shots/.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import CDPSession, Page, expect

from mission.models import UrgentHelpPage
from site_settings.models import SiteSettings
from tests.browser.axe import violations_in_both_schemes
from tests.browser.navigation import FONTS_PAINTED, shoot_both_schemes, visit
from tests.browser.pages import EVERYTHING, PAGES, STATUS

MAX_SHIFT = 0.02  # cumulative layout shift
SLOW = {"offline": False, "latency": 100, "downloadThroughput": 200_000, "uploadThroughput": -1}
FAST = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
AXE_SETS_STYLES = {"broken"}  # on these pages axe sets inline styles, which our CSP forbids
OVERLAPS = (Path(__file__).parent / "overlaps.js").read_text("utf-8")
SITE_FONTS = {"Atkinson", "Bricolage"}  # static/css/fonts.css
FONTS_LOADED = """() =>
    [...document.fonts].filter(font => font.status === "loaded").map(font => font.family)"""
SHIFTS = """() => new Promise(resolve => {
    let sum = 0;
    new PerformanceObserver(list => list.getEntries().forEach(entry => { sum += entry.value; }))
        .observe({type: "layout-shift", buffered: true});
    setTimeout(() => resolve(sum), 100);
})"""
# Loads lazy pictures without scrolling to them, because painting every screen takes long.
LOAD_PICTURES = """async () => {
    await Promise.all([...document.images].map(image => {
        image.loading = "eager";
        return image.complete || new Promise(resolve => {
            image.onload = image.onerror = resolve;
        });
    }));
    await document.fonts.ready;
}"""
# Text at 200 % in a wide fallback font. The Content-Security-Policy forbids a style element but
# allows an adopted stylesheet.
LARGE_LETTERS = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(
        ":root { font-size: 200%; --display: sans-serif; --text: sans-serif }"
        + "* { letter-spacing: 0.15em !important }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""
IS_ON_SCREEN = """element => {
    const box = element.getBoundingClientRect();
    return box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight;
}"""
STORAGE_ENTRIES = """() => Promise.all([
    localStorage.length + sessionStorage.length,
    navigator.serviceWorker.getRegistrations().then(all => all.length),
    caches.keys().then(all => all.length),
    indexedDB.databases().then(all => all.length),
]).then(numbers => numbers.reduce((sum, number) => sum + number))"""


def throttle(page: Page) -> CDPSession:
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", SLOW)
    return network


def open_slowly(page: Page, name: str) -> list[str]:
    """Open a page on a slow network, then load its pictures. Return the errors found."""
    found = []
    network = throttle(page)
    visit(page, EVERYTHING[name], STATUS.get(name, 200))
    page.evaluate(FONTS_PAINTED)
    missing = SITE_FONTS.difference(page.evaluate(FONTS_LOADED))
    # The urgent help page and the page for errors have no web fonts.
    if missing and not name.startswith(("urgent help", "broken")):
        found.append(f"fonts of static/css/fonts.css have not loaded: {sorted(missing)}")
    if (shift := page.evaluate(SHIFTS)) > MAX_SHIFT:
        found.append(f"layout shift {shift:.3f} is more than {MAX_SHIFT}")
    network.send("Network.emulateNetworkConditions", FAST)
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(LOAD_PICTURES)
    return found


def layout_errors(page: Page, width: int) -> list[str]:
    """Overlapping texts and horizontal overflow at this width."""
    page.set_viewport_size({"width": width, "height": 900})
    found = [f"at {width} px, text on text: {pair}" for pair in page.evaluate(OVERLAPS)]
    if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
        found.append(f"at {width} px, the page is {wide} px wide")
    return found


@pytest.mark.parametrize("name", EVERYTHING)
def test_page_has_no_errors_on_a_phone(new_page: Callable[..., Page], name: str) -> None:
    page = new_page(390, bypass_csp=name in AXE_SETS_STYLES)
    found = open_slowly(page, name)
    shoot_both_schemes(page, name, 390)
    found += layout_errors(page, 390)
    if cookies := page.context.cookies():
        found.append(f"cookies are set: {cookies}")
    if page.evaluate(STORAGE_ENTRIES):
        found.append("browser storage is not empty")
    found += layout_errors(page, 320)
    found += violations_in_both_schemes(page)
    page.evaluate(LARGE_LETTERS)
    found += [f"large letters: {each}" for each in layout_errors(page, 320) if "wide" in each]
    has_menu = name != "broken"
    if has_menu and not page.locator("header.site-header summary").evaluate(IS_ON_SCREEN):
        found.append("large letters: the menu button is off screen")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", EVERYTHING)
def test_page_has_no_errors_on_a_desktop(new_page: Callable[..., Page], name: str) -> None:
    page = new_page(1440, bypass_csp=name in AXE_SETS_STYLES)
    found = open_slowly(page, name)
    for width in (1440, 768):
        shoot_both_schemes(page, name, width)
        found += layout_errors(page, width)
        if width == 1440:
            found += violations_in_both_schemes(page)
    assert not found, "\n".join(found)


def test_layout_errors_and_shifts_are_detected(new_page: Callable[..., Page]) -> None:
    page = new_page(390, bypass_csp=True)
    visit(page, PAGES["page"])
    assert layout_errors(page, 390) == []
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    page.add_style_tag(
        content="h1 { margin-block-end: -3rem } main { padding-block-start: 9rem }"
        "footer { inline-size: 500px }"
    )
    found = "\n".join(layout_errors(page, 390))
    assert "text on text" in found
    assert "500 px wide" in found
    assert page.evaluate(SHIFTS) > MAX_SHIFT


def test_page_with_alert_is_accessible_on_a_phone(
    new_page: Callable[..., Page], database: Callable
) -> None:
    with database():
        found = SiteSettings.objects.get()
        found.alert_text, found.alert_until = "Go slow.", timezone.now() + timedelta(hours=1)
        found.alert_page = UrgentHelpPage.objects.get(locale__language_code="en")
        found.save()
    page = new_page(360, reduced_motion="reduce")
    visit(page, "/")
    expect(page.get_by_role("region", name="Alert")).to_contain_text("Go slow.")
    page.locator("header.site-header summary").click()
    assert violations_in_both_schemes(page) == []
    visit(page, PAGES["urgent help"])
    expect(page.get_by_role("region", name="Alert").get_by_role("link")).to_have_count(0)
    # Spanish is at the top, above the phone number.
    expect(page.get_by_role("navigation", name="Languages").get_by_role("link")).to_be_in_viewport()
