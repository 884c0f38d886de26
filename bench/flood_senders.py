"""Sends one flood to your own site, and prints the statuses of the responses as JSON.

`bench/floods.py` runs this in a container, so that its CPU share can be limited. It can also run on
another machine:

    python bench/flood_senders.py large-bodies http://www.example.org --seconds 20

Uses the standard library only.
"""

import argparse
import asyncio
import json
import os
import re
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.request import urlopen

from flood import post
from login_flood import csrf_fields, guess
from slow_clients import CONNECTIONS, LARGE, Site

Send = Callable[[], Awaitable[str]]
STORY, ADD = "/take-part/story/", "/admin/images/multiple/add/"
CHUNK = bytes(100_000)


class Flood:
    """Sends requests in loops until the time is over, and counts the statuses of the responses."""

    def __init__(self, site: str, seconds: int) -> None:
        self.url, self.site = site, Site(site)
        self.until = time.perf_counter() + seconds
        self.statuses: Counter[str] = Counter()

    async def _repeat(self, name: str, send: Send) -> None:
        while time.perf_counter() < self.until:
            try:
                async with asyncio.timeout_at(_loop_time(self.until + 5)):
                    status = await send()
            except (OSError, TimeoutError, IndexError) as error:
                status = type(error).__name__
            self.statuses[f"{name} {status}"] += 1

    async def run(self, *loops: tuple[int, str, Send]) -> None:
        """For each (count, name, send), run `count` loops at the same time that call `send`."""
        async with asyncio.TaskGroup() as group:
            for count, name, send in loops:
                for _number in range(count):
                    group.create_task(self._repeat(name, send))

    async def large_bodies(self) -> None:
        def to(path: str) -> tuple[int, str, Send]:
            head = self.site.head("POST", path, f"Content-Length: {LARGE}", f"Origin: {self.url}")
            return 4, path, lambda: self._status(head, CHUNK, times=LARGE // len(CHUNK))

        await self.run(to("/join/"), to("/admin/login/"), to(ADD))

    async def slow_clients(self) -> None:
        """Clients that hold connections. A refused client tries again after a second."""
        line = b"X-A: b\r\n"
        header = self.site.head("GET", "/")[:-2]
        body = self.site.head("POST", "/take-part/delete/", "Content-Length: 50000")

        async def send(head: bytes, part: bytes, pause: float) -> str:
            status = await self._status(head, part, pause=pause, times=60)
            await asyncio.sleep(1)
            return status

        await self.run(
            (CONNECTIONS, "header", lambda: send(header, line, 1)),
            (CONNECTIONS, "body", lambda: send(body, b"a", 5)),
        )

    async def logins(self) -> None:
        csrf = csrf_fields(self.url)
        await self.run((16, "guess", lambda: guess(self.url, *csrf, 0)))

    async def garbage_forms(self) -> None:
        def send() -> Awaitable[str]:
            garbage = {secrets.token_hex(8): secrets.token_hex(2000)}
            return post(self.url, "/take-part/delete/", garbage)

        await self.run((16, "form", send))

    async def pictures(self, file: Path, cookies: str) -> None:
        """Readers send the picture with a story; the editor with these `cookies` uploads it."""
        with urlopen(f"{self.url}{STORY}") as page:  # noqa: S310
            stamp = re.search(r'name="timestamp" value="([^"]*)"', page.read().decode())
        story = {
            "timestamp": stamp[1] if stamp else "",
            "naming": "voice",
            "scopes": "for_site",
            "days": "182",
            "reach": "nobody@example.org",
            "is_own_story": "on",
        }
        token = re.search(r"csrftoken=(\w+)", cookies)
        upload = {"csrfmiddlewaretoken": token[1] if token else "", "title": "Flood"}
        data = file.read_bytes()

        async def send_story() -> str:
            fields = story | {"story": f"A story {secrets.token_hex(8)}"}
            return await self._send_file(STORY, fields, "picture", data)

        async def send_upload() -> str:
            cookie, ajax = f"Cookie: {cookies}", "X-Requested-With: XMLHttpRequest"
            # Trailing bytes make each file a different one.
            changed = data + secrets.token_bytes(16)
            return await self._send_file(ADD, upload, "files[]", changed, cookie, ajax)

        await self.run((8, "story", send_story), (4, "upload", send_upload))

    async def _send_file(
        self, path: str, fields: dict[str, str], name: str, data: bytes, *lines: str
    ) -> str:
        boundary = secrets.token_hex(16)
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in fields.items()
        ]
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="a.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        body = "".join(parts).encode() + data + f"\r\n--{boundary}--\r\n".encode()
        head = self.site.head(
            "POST",
            path,
            f"Content-Length: {len(body)}",
            f"Content-Type: multipart/form-data; boundary={boundary}",
            f"Origin: {self.url}",
            *lines,
        )
        chunks = [body[start : start + len(CHUNK)] for start in range(0, len(body), len(CHUNK))]
        return await self._status(head, *chunks)

    async def _status(self, *parts: bytes, pause: float = 0, times: int = 1) -> str:
        return (await self.site.send(*parts, pause=pause, times=times))[0]


def _loop_time(counter: float) -> float:
    """Convert a value of `time.perf_counter()` to the clock of the event loop."""
    return asyncio.get_running_loop().time() + counter - time.perf_counter()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    floods = ("large-bodies", "slow-clients", "logins", "garbage-forms", "pictures")
    parser.add_argument("flood", choices=floods)
    parser.add_argument("site")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    flood = Flood(options.site, options.seconds)
    if options.flood == "pictures":
        asyncio.run(flood.pictures(options.picture, os.environ.get("COOKIES", "")))
    else:
        asyncio.run(getattr(flood, options.flood.replace("-", "_"))())
    print(json.dumps(flood.statuses))


if __name__ == "__main__":
    main()
