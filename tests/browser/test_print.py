"""The print stylesheet."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.navigation import visit
from tests.browser.pages import PAGES, STATUS


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/issues/community-reinvestment/", 2),
        ("/issues/overdose-prevention-centers/", 3),  # the longest
        (PAGES["story with portrait"], 2),
        (PAGES["story by voice"], 2),
    ],
)
def test_print_needs_few_sheets_and_has_url_and_sources(
    new_page: Callable[..., Page], path: str, most: int
) -> None:
    page = new_page(1280, color_scheme="dark")
    visit(page, path)
    printed_pages = re.findall(rb"/Type /Page\b", page.pdf(format="Letter"))
    assert 1 <= len(printed_pages) <= most
    page.emulate_media(media="print")
    printed = page.locator("body").evaluate(
        "body => [getComputedStyle(body).color, getComputedStyle(body).backgroundColor]"
    )
    assert printed == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    expect(page.locator(".paper-only")).to_contain_text(path)
    for hidden in ("header.site-header", "footer nav", ".contents", ".next"):
        assert not page.locator(hidden).first.is_visible()
    sources = page.locator('.sources a[href^="http"]').all()
    assert sources or not path.startswith("/issues/")
    for source in sources:
        url = source.get_attribute("href")
        shown = source.evaluate("link => getComputedStyle(link, '::after').content")
        assert f"({url})" in shown.replace('"', "").replace("  ", " ")


# What is printed larger than the phone number, and the letters that are cut off.
LARGER = """() => {
    const size = element => parseFloat(getComputedStyle(element).fontSize);
    const number = size(document.querySelector(".urgent-calls .call-number"));
    return [...document.querySelectorAll("body *")]
        .filter(element => element.checkVisibility() && !element.closest(".call-number"))
        .filter(element => size(element) >= number)
        .map(element => element.textContent.trim());
}"""
CUT_OFF = """() => [...document.querySelectorAll("main *")]
    .filter(element => getComputedStyle(element).overflow !== "visible")
    .filter(element => element.checkVisibility() && element.matches(":not(.visually-hidden)"))
    .filter(element => element.textContent.trim())
    .map(element => element.className)"""


def test_printed_urgent_help_shows_the_number_largest(new_page: Callable[..., Page]) -> None:
    page = new_page(700)
    visit(page, PAGES["urgent help"])
    page.emulate_media(media="print")
    assert page.evaluate(LARGER) == []
    pages = re.findall(rb"/Type /Page\b", page.pdf(format="Letter"))
    assert len(pages) <= 2
    visit(page, PAGES["home"])
    assert page.evaluate(CUT_OFF) == []


# Texts that are hard to read on their background, which browsers print if people choose it.
UNREADABLE = """() => {
    const parts = color => color.match(/[\\d.]+/g).map(Number);
    const brightness = ([r, g, b]) => 0.299 * r + 0.587 * g + 0.114 * b;
    const behind = element => {
        for (let one = element; one; one = one.parentElement) {
            const [r, g, b, a = 1] = parts(getComputedStyle(one).backgroundColor);
            if (a > 0.5) return [r, g, b];
        }
        return [255, 255, 255];
    };
    return [...document.querySelectorAll("body *")]
        .filter(element => [...element.childNodes].some(
            node => node.nodeType === Node.TEXT_NODE && node.data.trim()
        ))
        .filter(element => element.checkVisibility({ visibilityProperty: true }))
        .filter(element => Math.abs(
            brightness(parts(getComputedStyle(element).color)) - brightness(behind(element))
        ) < 90)
        .map(element => `${element.className} ${element.textContent.trim()}`);
}"""


def test_prints_with_backgrounds_can_be_read(new_page: Callable[..., Page]) -> None:
    page = new_page(700, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    for name, path in PAGES.items():
        visit(page, path, STATUS.get(name, 200))
        assert page.evaluate(UNREADABLE) == [], path
