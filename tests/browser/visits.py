"""How browser tests open pages: each must answer as expected, and nothing may go wrong in it."""

import os
from weakref import WeakKeyDictionary

from django.conf import settings
from playwright.sync_api import ConsoleMessage, Page, Request, Response

SHOTS = settings.BASE_DIR / "var/shots"
ARE_SHOTS_WANTED = bool(os.environ.get("SHOTS"))


# Fonts are asked for once text is laid out, and painted in the frame after they have come.
FONTS_AND_A_FRAME = """() => document.fonts.ready.then(
    () => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))
)"""
ANIMATIONS_ENDED = """() => Promise.all(
    document.getAnimations().map(animation => animation.finished.catch(() => {}))
)"""


class Watch:
    """Collects what goes wrong in a window: `mistakes` must be empty at the end of a test.

    That is an unexpected status of a page, a missing file, a server error, a script error, a
    breach of the content security policy, or a request to a host that is none of `hosts`.
    """

    def __init__(self, page: Page, hosts: tuple[str, ...]) -> None:
        self.hosts = hosts
        self.mistakes: list[str] = []
        self.expected: dict[str, int] = {}  # statuses that are no mistake, by URL
        page.on("pageerror", lambda error: self.mistakes.append(f"script error: {error}"))
        page.on("console", self._hear)
        page.on("request", self._see_request)
        page.on("response", self._see_response)

    def _hear(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.mistakes.append(message.text)

    def _see_request(self, request: Request) -> None:
        if not request.url.startswith((*self.hosts, "data:", "blob:")):
            self.mistakes.append(f"a request to another host: {request.url}")

    def _see_response(self, response: Response) -> None:
        is_of_script = response.request.resource_type in ("fetch", "xhr")
        is_wrong = response.status >= (500 if is_of_script else 400)
        if is_wrong and response.status != self.expected.get(response.url):
            self.mistakes.append(f"{response.url} answered {response.status}")


watches: WeakKeyDictionary[Page, Watch] = WeakKeyDictionary()


def watch(page: Page, *hosts: str) -> Watch:
    watches[page] = Watch(page, hosts)
    return watches[page]


def expect_status(page: Page, path: str, status: int) -> None:
    """Whatever leads to `path` in this window may be answered with `status`: a form, a reload."""
    watches[page].expected[f"{watches[page].hosts[0]}{path}"] = status


def visit(page: Page, path: str, status: int = 200, **options: object) -> Response:
    """Open `path` in a window made by `new_page`; it answers `status`."""
    if status >= 400:
        expect_status(page, path, status)
    response = page.goto(f"{watches[page].hosts[0]}{path}", **options)  # type: ignore[arg-type]
    assert response is not None, f"{path} is open already"
    assert response.status == status, f"{path} answered {response.status}, not {status}"
    return response


def shoot(page: Page, name: str, *, full_page: bool = True) -> None:
    """Keep a picture of the page in var/shots/, for eyes to judge, when SHOTS=1 asks for them."""
    if ARE_SHOTS_WANTED:
        path = SHOTS / f"{name.replace(' ', '-')}.jpg"
        page.screenshot(path=path, full_page=full_page, type="jpeg", quality=80)
