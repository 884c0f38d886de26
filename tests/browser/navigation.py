"""Open pages in browser tests, check their status, and record errors."""

import os
from weakref import WeakKeyDictionary

from django.conf import settings
from playwright.sync_api import ConsoleMessage, Page, Request, Response

SHOTS = settings.BASE_DIR / "var/shots"
SAVES_SHOTS = bool(os.environ.get("SHOTS"))


# Waits for two frames: fonts are requested after layout and painted one frame after they load.
FONTS_PAINTED = """() => document.fonts.ready.then(
    () => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))
)"""
ANIMATIONS_ENDED = """() => Promise.all(
    document.getAnimations().map(animation => animation.finished.catch(() => {}))
)"""


class Watch:
    """Records the errors in a window. `errors` must be empty at the end of a test.

    Errors are statuses of 400 or more that `expected` does not allow, script errors, violations of
    the Content-Security-Policy, and requests to hosts other than `hosts`.
    """

    def __init__(self, page: Page, hosts: tuple[str, ...]) -> None:
        self.hosts = hosts
        self.errors: list[str] = []
        self.expected: dict[str, int] = {}  # allowed error statuses, by URL
        page.on("pageerror", lambda error: self.errors.append(f"script error: {error}"))
        page.on("console", self._on_console)
        page.on("request", self._on_request)
        page.on("response", self._on_response)

    def _on_console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.errors.append(message.text)

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((*self.hosts, "data:", "blob:")):
            self.errors.append(f"a request to another host: {request.url}")

    def _on_response(self, response: Response) -> None:
        is_of_script = response.request.resource_type in ("fetch", "xhr")
        # Scripts handle responses below 500 themselves.
        is_wrong = response.status >= (500 if is_of_script else 400)
        if is_wrong and response.status != self.expected.get(response.url):
            self.errors.append(f"{response.url} answered {response.status}")


watches: WeakKeyDictionary[Page, Watch] = WeakKeyDictionary()


def watch(page: Page, *hosts: str) -> Watch:
    watches[page] = Watch(page, hosts)
    return watches[page]


def expect_status(page: Page, path: str, status: int) -> None:
    """Allow `status` for any response from `path` in this window, e.g. to a form or a reload."""
    watches[page].expected[f"{watches[page].hosts[0]}{path}"] = status


def visit(page: Page, path: str, status: int = 200, **options: object) -> Response:
    """Open `path` in a window made by `new_page` and assert its status."""
    if status >= 400:
        expect_status(page, path, status)
    response = page.goto(f"{watches[page].hosts[0]}{path}", **options)  # type: ignore[arg-type]
    assert response is not None, f"{path} is already open"
    assert response.status == status, f"{path} answered {response.status}, not {status}"
    return response


def shoot(page: Page, name: str, *, full_page: bool = True) -> None:
    """Save a screenshot in var/shots/ if the environment variable SHOTS is set."""
    if SAVES_SHOTS:
        path = SHOTS / f"{name.replace(' ', '-')}.jpg"
        page.screenshot(path=path, full_page=full_page, type="jpeg", quality=80)


def shoot_both_schemes(page: Page, name: str, width: int) -> None:
    """Save screenshots in the light and the dark scheme if SHOTS is set."""
    if SAVES_SHOTS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            shoot(page, f"{name} {width} {scheme}")
