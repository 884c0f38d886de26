"""Floods the login of your own site and measures how much slower pages become for readers.

    python bench/login_flood.py http://localhost:8000 / /issues/ /stories/

16 clients guess passwords of invented users as fast as the site responds. With `--networks`, each
guess has another IP address in X-Forwarded-For. nginx replaces this header, so do not use
`--networks` behind nginx. Uses the standard library only.
"""

import argparse
import asyncio
import re
import time
from collections import Counter
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

from flood import quantile
from load import simulate_readers, status_of

CLIENTS = 16
PATH = "/account/login/"


def csrf_fields(site: str) -> tuple[str, str]:
    """The CSRF cookie, and the token in the login form."""
    with urlopen(f"{site}{PATH}") as page:  # noqa: S310
        cookie = page.headers["Set-Cookie"].split(";")[0]
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]*)"', page.read().decode())
    if not found:
        raise SystemExit(f"{PATH} has no form.")
    return cookie, found[1]


async def guess(site: str, cookie: str, token: str, sender: int) -> str:
    url = urlsplit(site)
    name = f"nobody-{time.perf_counter_ns()}"
    body = urlencode({"login": name, "password": "a wrong guess", "csrfmiddlewaretoken": token})
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {url.netloc}\r\nOrigin: {site}\r\nCookie: {cookie}\r\n"
        f"X-Forwarded-For: 198.18.{sender >> 8}.{sender & 255}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return await status_of(url.hostname or "", url.port or 80, (head + body).encode())


async def guess_repeatedly(
    site: str, csrf: tuple[str, str], number: int, networks: bool, until: float, statuses: Counter
) -> None:
    """Counts the statuses of the responses in `statuses`."""
    sender = 0
    while time.perf_counter() < until:
        sender += CLIENTS if networks else 0
        try:
            statuses[await guess(site, *csrf, sender + number if networks else 0)] += 1
        except OSError as error:
            statuses[type(error).__name__] += 1


async def flood(site: str, paths: list[str], networks: bool, rate: int, seconds: int) -> None:
    csrf = csrf_fields(site)
    await simulate_readers(site, paths, rate, 2)  # warm up for two seconds
    before = await simulate_readers(site, paths, rate, seconds)
    guesses: Counter[str] = Counter()
    until = time.perf_counter() + seconds
    async with asyncio.TaskGroup() as group:
        for number in range(CLIENTS):
            group.create_task(guess_repeatedly(site, csrf, number, networks, until, guesses))
        during = await simulate_readers(site, paths, rate, seconds)
    print(f"Guesses: {guesses.total()} in {seconds} s; responses {dict(guesses)}")
    for name, (statuses, times) in (("without guesses", before), ("with guesses", during)):
        median, slow = quantile(times, 0.5), quantile(times, 0.95)
        print(
            f"Readers {name}: {dict(statuses)}; 50% within {median:.4f} s, 95% within {slow:.4f} s,"
            f" the slowest {times[-1]:.3f} s"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site")
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--networks", action="store_true")
    parser.add_argument("--rate", type=int, default=40)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    asyncio.run(flood(options.site, options.paths, options.networks, options.rate, options.seconds))
