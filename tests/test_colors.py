"""Body text has AAA contrast on every theme's background and rays, in light and dark mode.

axe cannot check text over a pattern, so these tests calculate the contrast.
"""

import re

import pytest
from django.conf import settings

CSS = settings.BASE_DIR / "static/css"
AAA = 7.0  # WCAG 2.2, 1.4.6
TOKENS = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", (CSS / "tokens.css").read_text()))
RULE = re.compile(r"([^{}]+)\{([^{}]*--bg[^{}]*)\}")


def themes() -> dict[str, dict[str, str]]:
    """The colors of each theme, by selector. “(dark)” marks the default theme in dark mode."""
    text = re.sub(r"/\*.*?\*/", "", (CSS / "themes.css").read_text(), flags=re.DOTALL)
    found = {}
    for selector, body in RULE.findall(text):
        name = " ".join(selector.split())
        name = f"{name} (dark)" if name in found else name
        colors = dict(re.findall(r"--([\w-]+): ([^;]+);", body))
        found[name] = {
            role: TOKENS[value[6:-1]] if value.startswith("var(") else value
            for role, value in colors.items()
        }
    return found


def luminance(color: str) -> float:
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_follows_wcag_formula() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_all_themes_are_found() -> None:
    assert len(themes()) == 10


@pytest.mark.parametrize("name", themes())
def test_theme_text_contrast_is_aaa_on_background_and_rays(name: str) -> None:
    theme = themes()[name]
    for ground in ("bg", "ray"):
        found = contrast(theme["fg"], theme[ground])
        assert found >= AAA, (
            f"static/css/themes.css: {name}: --fg on --{ground} has a contrast of {found:.2f}, "
            f"but {AAA} is the minimum. Make the dark color darker or the light one lighter."
        )


def test_donate_button_contrast_is_aa() -> None:
    found = contrast(TOKENS["night"], TOKENS["ember"])
    assert found >= 4.5, (
        f"static/css/tokens.css: --night on --ember has a contrast of {found:.2f}, min. 4.5"
    )
