"""axe, with color contrast on."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Only these rules depend on the color scheme.
COLOR_RULES = ["color-contrast", "link-in-text-block"]


def violations(page: Page, rules: list[str] = STANDARDS) -> list[str]:
    """The axe violations of the page in its current state, each with its element."""
    # Report all violating elements but only one passing element per rule, which is faster.
    options: dict[str, Any] = {"runOnly": rules, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response
    passed = {rule["id"] for rule in found["passes"]}
    assert "color-contrast" in passed, "axe did not check color contrast"
    assert len(passed) > 15 or rules is not STANDARDS, "axe checked too few rules"
    return [
        f"{rule['id']}: {node['html'][:160]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def violations_in_both_schemes(page: Page) -> list[str]:
    """`violations` with all rules in the light scheme and the color rules in the dark scheme."""
    found = []
    for scheme, rules in (("light", STANDARDS), ("dark", COLOR_RULES)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found += [f"in the {scheme} scheme, {each}" for each in violations(page, rules)]
    return found
