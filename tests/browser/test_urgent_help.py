"""The urgent help page on a slow network and an old phone."""

from collections.abc import Callable

import brotli
import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.navigation import FONTS_PAINTED, visit

PATH = "/urgent-help/"
MAX_BYTES = 30 * 1024
INITIAL_WINDOW = 14_000  # bytes of TCP's initial congestion window
FIRST_STEP = "ol.urgent-steps > li h3"
# Milliseconds, and bytes per second.
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
FETCHED = """() => performance.getEntriesByType("resource").map(entry => ({
    name: entry.name,
    blocking: entry.renderBlockingStatus === "blocking",
}))"""


def slow_down(page: Page) -> None:
    phone = page.context.new_cdp_session(page)
    phone.send("Network.enable")
    phone.send("Network.emulateNetworkConditions", SLOW)
    phone.send("Emulation.setCPUThrottlingRate", {"rate": 6})


def test_page_is_at_most_30_kilobytes(new_page: Callable[..., Page]) -> None:
    """Headers and bodies count. Documents and SVGs count as compressed with Brotli."""
    page = new_page(390)
    weights: dict[str, int] = {}

    def weigh(response: Response) -> None:
        sizes = response.request.sizes()
        is_text = response.request.resource_type == "document" or response.url.endswith(".svg")
        body = len(brotli.compress(response.body())) if is_text else sizes["responseBodySize"]
        weights[response.url] = body + sizes["responseHeadersSize"]

    page.on("requestfinished", lambda request: weigh(request.response()))
    with page.expect_event("requestfinished", lambda request: "/media/" in request.url):
        visit(page, PATH)
        page.locator("main img").scroll_into_view_if_needed()
    page.evaluate(FONTS_PAINTED)
    assert any("/media/" in url for url in weights)
    assert not any("woff2" in url for url in weights)
    assert sum(weights.values()) <= MAX_BYTES, weights


def test_first_step_needs_no_render_blocking_file(new_page: Callable[..., Page]) -> None:
    page = new_page(390)
    slow_down(page)
    response = visit(page, PATH)
    assert response is not None
    assert len(brotli.compress(response.body(), brotli.MODE_TEXT, quality=5)) <= INITIAL_WINDOW
    assert not any(entry["blocking"] for entry in page.evaluate(FETCHED))
    expect(page.locator(FIRST_STEP).first).to_be_in_viewport()


@pytest.mark.parametrize("javascript", [True, False])
def test_first_step_is_visible_without_static_files(
    new_page: Callable[..., Page], javascript: bool
) -> None:
    page = new_page(390, javascript=javascript)
    slow_down(page)
    for files in ("**/static/**", "**/media/**"):
        page.route(files, lambda route: None)  # requests for these files get no response
    visit(page, PATH, wait_until="commit")
    expect(page.get_by_role("link", name="Call 911").first).to_be_visible()
    expect(page.locator(FIRST_STEP).first).to_be_visible()
    words = page.locator("main").inner_text()
    order = ["Call 911", "Try to wake them", "Give naloxone", "Breathe for them", "Stay"]
    assert [words.index(part) for part in order] == sorted(words.index(part) for part in order)
