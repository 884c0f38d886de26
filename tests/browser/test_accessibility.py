"""axe, with colour contrast on, on every page type at two widths and in both colour schemes."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.test_reader import PAGES

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_axe_finds_nothing(
    new_page: Callable[..., Page], path: str, width: int, scheme: str
) -> None:
    page = new_page(width, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    page.goto(path, wait_until="load")
    results = Axe().run(page, options=RULES).response
    assert len(results["passes"]) > 15
    assert "color-contrast" in {rule["id"] for rule in results["passes"]}
    found = {
        violation["id"]: [node["html"][:160] for node in violation["nodes"]]
        for violation in results["violations"]
    }
    assert not found
