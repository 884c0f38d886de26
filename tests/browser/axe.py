"""axe, with color contrast on."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The color scheme decides these rules alone; all others find the same in both schemes.
ABOUT_COLOR = ["color-contrast", "link-in-text-block"]


def violations(page: Page, rules: list[str] = STANDARDS) -> list[str]:
    """What breaks the rules in the page as it is now, each with the place where it does."""
    # Violations come whole; of what passes, one element a rule is enough, which is quicker.
    options: dict[str, Any] = {"runOnly": rules, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response
    passed = {rule["id"] for rule in found["passes"]}
    assert "color-contrast" in passed, "axe measured no contrast"
    assert len(passed) > 15 or rules is not STANDARDS, "axe looked at almost nothing"
    return [
        f"{rule['id']}: {node['html'][:160]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def violations_in_both_schemes(page: Page) -> list[str]:
    """As `violations`, with all rules in the light scheme, and in the dark one those on color."""
    found = []
    for scheme, rules in (("light", STANDARDS), ("dark", ABOUT_COLOR)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found += [f"in the {scheme} scheme, {each}" for each in violations(page, rules)]
    return found
