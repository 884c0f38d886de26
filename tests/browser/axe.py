"""Checks of accessibility and color contrast with axe."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Only these rules depend on the color scheme.
COLOR_RULES = ["color-contrast", "link-in-text-block"]
# Reports every element with a violation, but only one passing element per rule, to save time.
RUN = """async rules => {
    const {passes, violations} = await axe.run({runOnly: rules, resultTypes: ["violations"]});
    return {
        passed: passes.map(rule => rule.id),
        violations: violations.flatMap(
            rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 160)}`)),
    };
}"""
# The HTML of the elements with enough contrast and of those with too little.
CONTRAST = """async () => {
    const {passes, violations} = await axe.run({runOnly: ["color-contrast"], selectors: false});
    return [passes, violations].map(
        rules => rules.flatMap(rule => rule.nodes.map(node => node.html)));
}"""


def load(page: Page) -> None:
    """Define `axe` in the document, but only once, because compiling it takes long."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)


def violations(page: Page, rules: list[str] = STANDARDS) -> list[str]:
    """The axe violations of the page in its current state, each with its element."""
    load(page)
    found = page.evaluate(RUN, rules)
    passed = set(found["passed"])
    assert "color-contrast" in passed, "axe did not check color contrast"
    assert len(passed) > 15 or rules is not STANDARDS, "axe checked too few rules"
    return found["violations"]


def assert_contrast(page: Page) -> None:
    """Check only color contrast, e.g. in the CMS, where the rest of the markup is Wagtail's."""
    page.wait_for_function("document.fonts.status === 'loaded'")
    load(page)
    passes, violations = page.evaluate(CONTRAST)
    assert len(passes) > 5
    assert not violations


def violations_in_both_schemes(page: Page) -> list[str]:
    """`violations` with all rules in the light scheme and the color rules in the dark scheme."""
    found = []
    for scheme, rules in (("light", STANDARDS), ("dark", COLOR_RULES)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found += [f"in the {scheme} scheme, {each}" for each in violations(page, rules)]
    return found
