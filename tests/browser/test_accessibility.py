"""axe, with colour contrast on, on every page type at two widths and in both colour schemes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from mission.models import UrgentHelpPage
from mission.site_settings import SiteSettings
from tests.browser.test_reader import PAGES

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # whole; of the others one element a rule, which is quicker
}


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_axe_finds_nothing(new_page: Callable[..., Page], path: str, width: int) -> None:
    page = new_page(width, reduced_motion="reduce", bypass_csp=True)
    page.goto(path, wait_until="load")
    check_in_both_schemes(page)


def test_axe_finds_nothing_while_an_alert_is_up(
    new_page: Callable[..., Page], database: Callable
) -> None:
    with database():
        found = SiteSettings.objects.get()
        found.alert_text, found.alert_until = "Go slow.", timezone.now() + timedelta(hours=1)
        found.alert_page = UrgentHelpPage.objects.get(locale__language_code="en")
        found.save()
    try:
        page = new_page(360, reduced_motion="reduce", bypass_csp=True)
        page.goto("/", wait_until="load")
        expect(page.get_by_role("region", name="Alert")).to_contain_text("Go slow.")
        page.locator("header.site-header summary").click()
        check_in_both_schemes(page)
    finally:
        with database():
            found.alert_text, found.alert_until, found.alert_page = "", None, None
            found.save()


def check_in_both_schemes(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        check(page)


def check(page: Page) -> None:
    results = Axe().run(page, options=RULES).response
    assert len(results["passes"]) > 15
    assert "color-contrast" in {rule["id"] for rule in results["passes"]}
    found = {
        violation["id"]: [node["html"][:160] for node in violation["nodes"]]
        for violation in results["violations"]
    }
    assert not found
