"""Urgent help on a slow network and an old phone."""

from collections.abc import Callable

import brotli
import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.visits import FONTS_AND_A_FRAME, visit

PATH = "/urgent-help/"
MOST = 30 * 1024
ONE_FLIGHT = 14_000  # bytes a server may send before it hears of the reader again
FIRST_STEP = "ol.urgent-steps > li h3"
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
FETCHED = """() => performance.getEntriesByType("resource").map(entry => ({
    name: entry.name,
    waited_for: entry.renderBlockingStatus === "blocking",
}))"""


def slow_down(page: Page) -> None:
    phone = page.context.new_cdp_session(page)
    phone.send("Network.enable")
    phone.send("Network.emulateNetworkConditions", SLOW)
    phone.send("Emulation.setCPUThrottlingRate", {"rate": 6})


def test_all_of_it_is_light_on_the_wire(new_page: Callable[..., Page]) -> None:
    """Heads and bodies, words and drawings compressed as they are where the site is served."""
    page = new_page(390)
    weights: dict[str, int] = {}

    def weigh(response: Response) -> None:
        sizes = response.request.sizes()
        words = response.request.resource_type == "document" or response.url.endswith(".svg")
        body = len(brotli.compress(response.body())) if words else sizes["responseBodySize"]
        weights[response.url] = body + sizes["responseHeadersSize"]

    page.on("requestfinished", lambda request: weigh(request.response()))
    with page.expect_event("requestfinished", lambda request: "/media/" in request.url):
        visit(page, PATH)
        page.locator("main img").scroll_into_view_if_needed()
    page.evaluate(FONTS_AND_A_FRAME)
    assert any("/media/" in url for url in weights)
    assert not any("woff2" in url for url in weights)
    assert sum(weights.values()) <= MOST, weights


def test_the_first_step_waits_for_no_other_file(new_page: Callable[..., Page]) -> None:
    page = new_page(390)
    slow_down(page)
    answer = visit(page, PATH)
    assert answer is not None
    assert len(brotli.compress(answer.body(), brotli.MODE_TEXT, quality=5)) <= ONE_FLIGHT
    assert not any(entry["waited_for"] for entry in page.evaluate(FETCHED))
    expect(page.locator(FIRST_STEP).first).to_be_in_viewport()


@pytest.mark.parametrize("javascript", [True, False])
def test_the_first_step_is_readable_when_nothing_but_the_words_arrives(
    new_page: Callable[..., Page], javascript: bool
) -> None:
    page = new_page(390, javascript=javascript)
    slow_down(page)
    for files in ("**/static/**", "**/media/**"):
        page.route(files, lambda route: None)  # it is never answered
    visit(page, PATH, wait_until="commit")
    expect(page.get_by_role("link", name="Call 911").first).to_be_visible()
    expect(page.locator(FIRST_STEP).first).to_be_visible()
    words = page.locator("main").inner_text()
    order = ["Call 911", "Try to wake them", "Give naloxone", "Breathe for them", "Stay"]
    assert [words.index(part) for part in order] == sorted(words.index(part) for part in order)
