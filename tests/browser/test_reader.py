"""Navigation, search and page weight for visitors, with and without JavaScript."""

import re
from collections.abc import Callable

import brotli
import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.navigation import FONTS_PAINTED, visit

COMPRESSED_TYPES = {"document", "stylesheet"}


def test_links_between_home_issue_and_story_work_without_javascript(
    new_page: Callable[..., Page],
) -> None:
    page = new_page(390, javascript=False)
    visit(page, "/")
    expect(page.get_by_role("heading", level=1)).to_have_text("We are the Drug Policy Alliance")
    page.locator('main a[href="/issues/ending-civil-punishment/"]').first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ending Drug War Civil Punishment")
    expect(page.get_by_role("img").first).to_be_visible()

    page.locator("summary", has_text="Menu").click()
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Stories").click()
    page.locator("main article a").first.click()
    expect(page).to_have_url(re.compile(r"/stories/[\w-]+/$"))
    expect(page.locator("main")).to_contain_text("It is not about a real person")

    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link").click()
    page.locator("header a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We are the Drug Policy Alliance")


def test_search_works_without_javascript(new_page: Callable[..., Page]) -> None:
    page = new_page(390, javascript=False)
    visit(page, "/search/")
    page.get_by_label("Search terms").fill("naloxone")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("ol.hits li").first).to_be_visible()


@pytest.mark.parametrize("path", ["/search/?q=overdose", "/search/?q=law", "/es/search/?q=zzzz"])
@pytest.mark.parametrize("width", [360, 390])
def test_first_result_is_visible_on_small_phone(
    new_page: Callable[..., Page], path: str, width: int
) -> None:
    page = new_page()
    page.set_viewport_size({"width": width, "height": 640})
    visit(page, path)
    expect(page.locator("ol.hits h2").first).to_be_in_viewport(ratio=1)
    filters = page.locator("main details")
    if "q=law" in path:
        expect(filters.get_by_role("link").first).to_be_hidden()
        filters.locator("summary").click()
        expect(filters.get_by_role("link", name="All issues")).to_be_visible()


def test_skip_link_is_first_and_focuses_main(new_page: Callable[..., Page]) -> None:
    page = new_page()
    visit(page, "/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440])
def test_header_is_one_row(new_page: Callable[..., Page], width: int) -> None:
    page = new_page(width)
    visit(page, "/")
    header = page.locator("header.site-header").bounding_box()
    assert header is not None
    assert header["height"] <= 80


def test_home_page_first_view_is_at_most_120_kilobytes(new_page: Callable[..., Page]) -> None:
    """Documents and stylesheets are counted compressed with Brotli."""
    page = new_page(360)
    sizes: dict[str, list[int]] = {"font": [], "image": [], "document": [], "stylesheet": []}

    def weigh(response: Response) -> None:
        kind, body = response.request.resource_type, response.body()
        sizes[kind].append(len(brotli.compress(body)) if kind in COMPRESSED_TYPES else len(body))

    page.on("response", weigh)
    visit(page, "/")
    page.evaluate(FONTS_PAINTED)
    assert 0 < sum(sizes["font"]) <= 45 * 1024
    assert 0 < max(sizes["image"]) <= 60 * 1024
    assert sum(sum(some) for some in sizes.values()) <= 120 * 1024
