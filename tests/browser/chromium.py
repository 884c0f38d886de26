"""Find a Chromium for the browser tests; `python -m tests.browser.chromium` installs one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# The headless shell comes first because it uses half the CPU time.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
MACOS_PATHS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# Playwright's driver needs libatomic1. The fallback fonts in our CSS use fonts-liberation here, and
# Arial or Roboto on other devices.
PACKAGES = ("chromium-headless-shell", "libatomic1", "fonts-liberation")
MISSING = (
    "No Chromium was found and none could be installed. Install Chromium or Chrome, or set "
    "CHROMIUM to its path. Browser tests are never skipped."
)


def find() -> str | None:
    """The path of a browser: $CHROMIUM, an installed Chromium or Chrome, or Playwright's own."""
    if chosen := os.environ.get("CHROMIUM"):
        return chosen
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return next((path for path in (*MACOS_PATHS, _playwright_path()) if Path(path).is_file()), None)


def _playwright_path() -> str:
    from playwright.sync_api import sync_playwright

    try:
        with sync_playwright() as playwright:
            return playwright.chromium.executable_path
    except Exception as error:  # the driver's process ended, e.g. a library is missing
        print(f"Playwright's driver does not start: {error}", file=sys.stderr)
        return ""


def install() -> None:
    """Install Chromium: with apt as root, else with Playwright's installer."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        commands = [
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES],
        ]
    else:
        environment = dict(os.environ)
        commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    for command in commands:
        if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL).returncode:
            raise SystemExit(MISSING)


if __name__ == "__main__":
    if find() is None:
        print("Installing Chromium for the browser tests …", flush=True)
        install()
    if find() is None:
        raise SystemExit(MISSING)
