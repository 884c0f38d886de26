"""Passing on the URL of a page."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.navigation import visit


def test_link_is_copied_without_query_and_buttons_need_javascript(
    new_page: Callable[..., Page],
) -> None:
    page = new_page(390)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(page, "/issues/community-reinvestment/?utm_source=x")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status")).to_have_text("Link copied")
    url = page.locator("link[rel=canonical]").get_attribute("href")
    assert page.evaluate("navigator.clipboard.readText()") == url
    # The message is replaced when the link is copied again, so that screen readers announce it.
    page.evaluate(
        """() => new MutationObserver((changes) => window.changed = changes.length)
            .observe(document.querySelector("output"), { childList: true })"""
    )
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("window.changed > 0")
    expect(page.get_by_role("status")).to_have_text("Link copied")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()) }")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status")).to_have_text("That did not work. Please copy the URL above.")

    page = new_page(390, javascript=False)
    visit(page, "/issues/community-reinvestment/")
    share = page.get_by_role("region", name="Share this page")
    expect(share.get_by_role("link", name="Send by email")).to_be_visible()
    assert share.get_by_role("button").count() == 0
