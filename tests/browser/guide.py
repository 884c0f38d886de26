"""What the twelve jobs have in common: their steps are counted, and the guide's pictures taken."""

import os
from collections import Counter
from collections.abc import Callable
from io import BytesIO

import pytest
from django.conf import settings
from PIL import Image
from playwright.sync_api import Keyboard, Locator, Page

FOLDER = settings.BASE_DIR / "docs/editors"
IS_WANTED = bool(
    os.environ.get("GUIDE")
)  # `make docs-screenshots` takes the pictures; tests do without
WIDTH, HEIGHT = 1200, 900  # pixels of a window whose picture is in the guide
FRAMED = "elements => elements.forEach(e => e.style.boxShadow = '0 0 0 4px #d6336c')"
UNFRAMED = "elements => elements.forEach(e => e.style.boxShadow = '')"


def picture(page: Page, name: str, *pressed: Locator, height: int = HEIGHT) -> None:
    """A picture of the upper part of the window; what is to be pressed is framed."""
    if not IS_WANTED:
        return
    if page.viewport_size and page.viewport_size["width"] != WIDTH:
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    for locator in pressed:
        locator.first.evaluate_all(FRAMED)
    page.wait_for_function("document.fonts.status === 'loaded'")
    page.evaluate("scrollTo({left: 0, behavior: 'instant'})")
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": height}
    shot = page.screenshot(clip=clip, animations="disabled")
    for locator in pressed:
        locator.first.evaluate_all(UNFRAMED)
    with Image.open(BytesIO(shot)) as image:
        image.convert("RGB").save(FOLDER / f"{name}.webp", quality=60, method=6)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """`steps()` is how often somebody has clicked, chosen, typed or pressed a key since then."""
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
