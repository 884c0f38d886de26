"""Floods a form of your own site and measures how much slower pages become for readers.

    python bench/flood.py http://localhost:8000 /join/ / /issues/ /stories/

Readers request the pages first without and then with clients on this machine that submit the form
as fast as the site responds. Uses the standard library only.
"""

import argparse
import asyncio
import re
import time
from collections import Counter
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

from load import readers, status_of

AT_ONCE = 12  # connections that submit the form


async def post(site: str, path: str, fields: dict[str, str]) -> str:
    address, body = urlsplit(site), urlencode(fields).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nOrigin: {site}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return await status_of(address.hostname or "", address.port or 80, head.encode() + body)


async def program(site: str, path: str, timestamp: str, until: float, answers: Counter) -> None:
    while time.perf_counter() < until:
        fields = {"timestamp": timestamp, "language": "en"}
        fields["email"] = f"nobody-{time.perf_counter_ns()}@example.org"
        try:
            answers[await post(site, path, fields)] += 1
        except OSError as error:
            answers[type(error).__name__] += 1


async def flood(site: str, form: str, paths: list[str], rate: int, seconds: int) -> None:
    with urlopen(f"{site}{form}") as page:  # noqa: S310
        found = re.search(r'name="timestamp" value="([^"]*)"', page.read().decode())
    if not found:
        raise SystemExit(f"{form} has no form.")
    await readers(site, paths, rate, 2)  # warm up: each page was requested once
    before = await readers(site, paths, rate, seconds)
    answers: Counter[str] = Counter()
    until = time.perf_counter() + seconds
    async with asyncio.TaskGroup() as group:
        for _one in range(AT_ONCE):
            group.create_task(program(site, form, found[1], until, answers))
        during = await readers(site, paths, rate, seconds)
    print(f"Forms: {answers.total()} in {seconds} s; responses {dict(answers)}")
    for name, (seen, times) in (("without forms", before), ("with forms", during)):
        half, most = quantile(times, 0.5), quantile(times, 0.95)
        print(f"Readers {name}: {dict(seen)}; 50% within {half:.4f} s, 95% within {most:.4f} s")
    for part in (0.5, 0.95):
        print(f"Ratio at {part:.0%}: {quantile(during[1], part) / quantile(before[1], part):.1f}")


def quantile(times: list[float], part: float) -> float:
    return times[int(len(times) * part)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site")
    parser.add_argument("form")
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--rate", type=int, default=40)
    parser.add_argument("--seconds", type=int, default=10)
    chosen = parser.parse_args()
    asyncio.run(flood(chosen.site, chosen.form, chosen.paths, chosen.rate, chosen.seconds))
