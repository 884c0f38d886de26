"""Helpers for the twelve editor tasks: they count steps and take screenshots for the guide."""

import os
from collections import Counter
from collections.abc import Callable
from io import BytesIO

import pytest
from django.conf import settings
from PIL import Image
from playwright.sync_api import Keyboard, Locator, Page

FOLDER = settings.BASE_DIR / "docs/editors"
SAVES_SCREENSHOTS = bool(os.environ.get("GUIDE"))  # set by `make docs-screenshots`
WIDTH, HEIGHT = 1200, 900  # window size of screenshots in the guide, in pixels
FRAMED = "elements => elements.forEach(e => e.style.boxShadow = '0 0 0 4px #d6336c')"
UNFRAMED = "elements => elements.forEach(e => e.style.boxShadow = '')"
# Focus in a wide text editor scrolls the CMS sideways. The menu then covers a part of the editor.
UNSCROLLED = "document.querySelectorAll('*').forEach(e => { e.scrollLeft = 0; })"


def picture(page: Page, name: str, *pressed: Locator, height: int = HEIGHT) -> None:
    """Save a screenshot of the top of the window, with a frame around the `pressed` elements."""
    if not SAVES_SCREENSHOTS:
        return
    if page.viewport_size and page.viewport_size["width"] != WIDTH:
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    page.wait_for_load_state("load")
    for locator in pressed:
        locator.first.evaluate_all(FRAMED)
    page.evaluate("document.fonts.ready.then(() => null)")
    page.evaluate(UNSCROLLED)
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": height}
    shot = page.screenshot(clip=clip, animations="disabled")
    for locator in pressed:
        locator.first.evaluate_all(UNFRAMED)
    with Image.open(BytesIO(shot)) as image:
        image.convert("RGB").save(FOLDER / f"{name}.webp", quality=60, method=6)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """`steps()` returns the number of clicks, choices, fields filled and keys pressed so far."""
    taken: Counter[str] = Counter()

    def count(kind: type, name: str) -> None:
        real = getattr(kind, name)

        def counted(self: object, *args: object, **options: object) -> object:
            taken[name] += 1
            return real(self, *args, **options)

        monkeypatch.setattr(kind, name, counted)

    for name in ("click", "press", "fill", "select_option", "check", "set_input_files"):
        count(Locator, name)
    for name in ("press", "type"):
        count(Keyboard, name)
    return taken.total
