"""Floods a form of your own site and measures how much slower pages become for readers.

    python bench/flood.py http://localhost:8000 /take-part/delete/ / /issues/ /stories/

The first path is the form. The other paths are the pages that readers request.

Simulated readers request the pages twice: first alone, then while clients on this machine submit
the form as fast as the site responds. Uses the standard library only.
"""

import argparse
import asyncio
import re
import time
from collections import Counter
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

from load import simulate_readers, status_of

CONNECTIONS = 12  # clients that submit the form at the same time


async def post(site: str, path: str, fields: dict[str, str]) -> str:
    url, body = urlsplit(site), urlencode(fields).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {url.netloc}\r\nOrigin: {site}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return await status_of(url.hostname or "", url.port or 80, head.encode() + body)


async def submit_forms(
    site: str, path: str, timestamp: str, until: float, statuses: Counter
) -> None:
    """Submits the form again and again and counts the statuses of the responses."""
    while time.perf_counter() < until:
        fields = {"timestamp": timestamp, "language": "en"}
        fields["email"] = f"nobody-{time.perf_counter_ns()}@example.org"
        try:
            statuses[await post(site, path, fields)] += 1
        except OSError as error:
            statuses[type(error).__name__] += 1


async def flood(site: str, form: str, paths: list[str], rate: int, seconds: int) -> None:
    with urlopen(f"{site}{form}") as page:  # noqa: S310
        found = re.search(r'name="timestamp" value="([^"]*)"', page.read().decode())
    if not found:
        raise SystemExit(f"{form} has no form.")
    await simulate_readers(site, paths, rate, 2)  # warm up for two seconds
    before = await simulate_readers(site, paths, rate, seconds)
    statuses: Counter[str] = Counter()
    until = time.perf_counter() + seconds
    async with asyncio.TaskGroup() as group:
        for _connection in range(CONNECTIONS):
            group.create_task(submit_forms(site, form, found[1], until, statuses))
        during = await simulate_readers(site, paths, rate, seconds)
    print(f"Forms: {statuses.total()} in {seconds} s; responses {dict(statuses)}")
    for name, (statuses, times) in (("without forms", before), ("with forms", during)):
        median, slow = quantile(times, 0.5), quantile(times, 0.95)
        print(
            f"Readers {name}: {dict(statuses)}; 50% within {median:.4f} s, 95% within {slow:.4f} s"
        )
    for fraction in (0.5, 0.95):
        ratio = quantile(during[1], fraction) / quantile(before[1], fraction)
        print(f"Ratio at {fraction:.0%}: {ratio:.1f}")


def quantile(times: list[float], fraction: float) -> float:
    return times[int(len(times) * fraction)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site")
    parser.add_argument("form")
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--rate", type=int, default=40)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    asyncio.run(flood(options.site, options.form, options.paths, options.rate, options.seconds))
