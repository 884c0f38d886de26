"""A short run of the main pages in Firefox and WebKit: `make test-browsers`.

`make test` does not run it, because it needs two more browsers. WebKit is controlled through
WebDriver, Firefox through its own protocol, Marionette: their packages need no other driver.
"""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.browser.pages import PAGES

NAMES = ("home", "issue", "urgent help", "join", "results")
SIZES = ((500, 900), (1280, 900))
# What is wrong on the open page. The first condition is that of basic.css in static/css/site.css.
ERRORS = """
    const found = [];
    const shown = document.querySelector("h1").getBoundingClientRect();
    const style = getComputedStyle(document.querySelector(".site-header"));
    if (!CSS.supports("(accent-color: auto) and (text-emphasis: none)"))
        found.push("the basic stylesheet applies");
    if (style.position !== "sticky") found.push("the stylesheet does not apply");
    if (document.documentElement.scrollWidth > innerWidth) found.push("the page is too wide");
    if (!shown.height || shown.top > innerHeight) found.push("the title is not on the screen");
    for (const image of document.images)
        if (image.complete && !image.naturalWidth) found.push(`${image.src} is not shown`);
    return found;
"""
Command = Callable[..., Any]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def connected(port: int) -> socket.socket:
    for _ in range(100):
        with suppress(OSError):
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        time.sleep(0.2)
    raise TimeoutError(f"Nothing listens on port {port}.")


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if not program:
        pytest.skip("Firefox is not installed. On Debian: apt install firefox-esr.")
    port, profile = free_port(), tmp_path_factory.mktemp("firefox")
    (profile / "user.js").write_text(f'user_pref("marionette.port", {port});')
    arguments = ("--headless", "--marionette", "--no-remote", "--profile", str(profile))
    process = subprocess.Popen([program, *arguments], stderr=subprocess.DEVNULL)
    try:
        with connected(port) as connection, connection.makefile("rb") as stream:

            def read() -> Any:
                length = b""
                while (byte := stream.read(1)) != b":":
                    length += byte
                return json.loads(stream.read(int(length)))

            def command(name: str, **parameters: Any) -> Any:
                sent = json.dumps([0, 1, f"WebDriver:{name}", parameters]).encode()
                connection.sendall(b"%d:%s" % (len(sent), sent))
                _type, _id, error, result = read()
                assert not error, error
                return result.get("value") if result else None

            read()  # the greeting
            command("NewSession")
            yield command
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def webkit() -> Iterator[Command]:
    program, screen = shutil.which("WebKitWebDriver"), shutil.which("xvfb-run")
    browsers = sorted(Path("/usr").glob("lib/*/webkit2gtk-*/MiniBrowser"))
    if not (program and screen and browsers):
        pytest.skip("WebKitGTK is not installed. On Debian: apt install webkit2gtk-driver xvfb.")
    port = free_port()
    process = subprocess.Popen([screen, "-a", program, f"--port={port}"], stderr=subprocess.DEVNULL)
    paths = {"Navigate": "/url", "SetWindowRect": "/window/rect", "ExecuteScript": "/execute/sync"}
    options = {"binary": str(browsers[-1]), "args": ["--automation"]}
    session = ""

    def command(name: str, **parameters: Any) -> Any:
        url = f"http://127.0.0.1:{port}/session{session}{paths.get(name, '')}"
        body = None if name == "DeleteSession" else json.dumps(parameters).encode()
        request = Request(url, body, method="POST" if body else "DELETE")
        with urlopen(request, timeout=60) as response:  # noqa: S310
            return json.load(response)["value"]

    try:
        connected(port).close()
        capabilities = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        session = f"/{command('NewSession', capabilities=capabilities)['sessionId']}"
        yield command
        command("DeleteSession")
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize("browser_name", ["firefox", "webkit"])
def test_main_pages(request: pytest.FixtureRequest, site: str, browser_name: str) -> None:
    command: Command = request.getfixturevalue(browser_name)
    found = []
    for width, height in SIZES:
        command("SetWindowRect", width=width, height=height)
        for name in NAMES:
            command("Navigate", url=site + PAGES[name])
            errors = command("ExecuteScript", script=ERRORS, args=[])
            found += [f"{name} at {width} px: {error}" for error in errors]
    assert found == []
