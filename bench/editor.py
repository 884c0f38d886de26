"""An editor of a test site in containers, who logs in with a password and a second step."""

import base64
import hmac
import re
import secrets
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

NAME = "bench-editor"
LOG_IN, SECOND_STEP, CMS = "/account/login/", "/account/login/second-step/", "/admin/"
PERIOD = 30  # seconds that a code is valid
CREATE = """
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Group
from staff.models import User
from stories.models import StoryIndexPage
User.objects.filter(username={name!r}).delete()
user = User.objects.create_user({name!r}, password={password!r})
User.objects.filter(pk=user.pk).update(must_change_password=False)
user.groups.add(Group.objects.get(name="Editors"))
TOTP.activate(user, {key!r})
StoryIndexPage.objects.update(takes_stories=True)
"""
DELETE = """
from pictures.models import Picture
from staff.models import User
from stories.models import StoryIndexPage
for picture in Picture.objects.filter(uploaded_by_user__username={name!r}):
    picture.delete()
User.objects.filter(username={name!r}).delete()
StoryIndexPage.objects.update(takes_stories=False)
"""


def run_in_web(script: str) -> None:
    command = ["docker", "compose", "exec", "-T", "web", "python", "manage.py", "shell"]
    subprocess.run([*command, "--command", script], check=True, stdout=subprocess.DEVNULL)


class Editor:
    def __init__(self, site: str, password: str, key: str) -> None:
        self.site, self._password, self._key = site, password, key
        self._last_period = 0
        self.cookies = ""  # of the last session, as in a Cookie header

    @classmethod
    @contextmanager
    def create(cls, site: str) -> Iterator["Editor"]:
        """Create the editor and let readers send stories. After the block, undo both."""
        password = secrets.token_urlsafe(20)
        key = base64.b32encode(secrets.token_bytes(20)).decode()
        run_in_web(CREATE.format(name=NAME, password=password, key=key))
        try:
            yield cls(site, password, key)
        finally:
            run_in_web(DELETE.format(name=NAME))

    def log_in(self, code: str) -> None:
        """Log in with a new session. Raises OSError or ValueError."""
        jar = CookieJar()
        opener = build_opener(HTTPCookieProcessor(jar))

        def send(path: str, fields: dict[str, str] | None = None) -> str:
            data = urlencode(fields).encode() if fields else None
            request = Request(f"{self.site}{path}", data, {"Origin": self.site})  # noqa: S310
            with opener.open(request, timeout=60) as response:
                text = response.read().decode()
                self._url = response.url
            return text

        page = send(LOG_IN)
        fields = {"login": NAME, "password": self._password}
        page = send(LOG_IN, fields | {"csrfmiddlewaretoken": _token(page)})
        send(SECOND_STEP, {"code": code, "csrfmiddlewaretoken": _token(page)})
        if not self._url.endswith(CMS):
            raise ValueError(f"not logged in, but at {self._url}")
        self.cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)

    def try_to_log_in(self, delay: float = 0) -> str:
        """Wait `delay` seconds, log in, and say how long it took or why it failed."""
        time.sleep(delay)
        code, start = self._wait_for_code(), time.perf_counter()
        try:
            self.log_in(code)
        except (OSError, ValueError) as error:
            return f"FAILED: {error}"
        return f"after {time.perf_counter() - start:.1f} s"

    def _wait_for_code(self) -> str:
        """Wait for the first half of an unused period, and return its code.

        A code is accepted only once, and only within its period.
        """
        while time.time() // PERIOD <= self._last_period or time.time() % PERIOD > PERIOD / 2:
            time.sleep(0.1)
        self._last_period = int(time.time() // PERIOD)
        counter = struct.pack(">Q", self._last_period)
        digest = hmac.digest(base64.b32decode(self._key), counter, "sha1")
        start = digest[-1] & 15
        number = int.from_bytes(digest[start : start + 4]) & 0x7FFF_FFFF
        return f"{number % 1_000_000:06}"


def _token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]*)"', page)
    if not found:
        raise ValueError("the page has no form")
    return found[1]
