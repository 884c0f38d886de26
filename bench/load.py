"""Requests pages of your own site at a steady rate and counts the responses by status.

    python bench/load.py http://localhost:8000 --rate 200 --seconds 30 / /issues/ /stories/

Start it, stop a service, and see how many requests of readers fail. Uses the standard library
only.
"""

import argparse
import asyncio
import json
import time
from collections import Counter
from urllib.parse import urlsplit

TIMEOUT = 30  # seconds
GZIP = "Accept-Encoding: gzip\r\n"  # browsers request compressed pages too


async def request_page(address: str, host: str, port: int, path: str) -> str:
    head = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n{GZIP}\r\n"
    return await status_of(address, port, head.encode())


async def status_of(host: str, port: int, request: bytes) -> str:
    """Reads the whole response and returns its status."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(request)
        response = await reader.read()
        return response.split(b" ", 2)[1].decode() if response else "nothing"
    finally:
        writer.close()


async def look_up(site: str) -> str:
    """The IP address of the site.

    It is looked up once, not for each request. In a container, a process of Docker answers lookups,
    and waiting for it would count as response time of the page.
    """
    url = urlsplit(site)
    _reader, writer = await asyncio.open_connection(url.hostname, url.port or 80)
    writer.close()
    return writer.get_extra_info("peername")[0]


async def record_request(
    address: str, site: str, path: str, statuses: Counter, times: list[float]
) -> None:
    """Requests the page and records the status, or the type of the error, and the time."""
    url, start = urlsplit(site), time.perf_counter()
    try:
        response = request_page(address, url.hostname or "", url.port or 80, path)
        statuses[await asyncio.wait_for(response, TIMEOUT)] += 1
    except (OSError, TimeoutError, IndexError) as error:
        statuses[type(error).__name__] += 1
    times.append(time.perf_counter() - start)


async def simulate_readers(
    site: str, paths: list[str], rate: int, seconds: int
) -> tuple[Counter, list]:
    """Response statuses with their counts, and the response times in seconds, sorted."""
    statuses: Counter[str] = Counter()
    times: list[float] = []
    address = await look_up(site)
    start = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(rate * seconds):
            await asyncio.sleep(max(0, start + number / rate - time.perf_counter()))
            path = paths[number % len(paths)]
            group.create_task(record_request(address, site, path, statuses, times))
    return statuses, sorted(times)


async def print_json(site: str, paths: list[str], rate: int, seconds: int) -> None:
    statuses, times = await simulate_readers(site, paths, rate, seconds)
    print(json.dumps({"statuses": statuses, "times": times}))


async def load(site: str, paths: list[str], rate: int, seconds: int) -> None:
    start = time.perf_counter()
    statuses, times = await simulate_readers(site, paths, rate, seconds)
    print(
        f"{len(times)} requests in {time.perf_counter() - start:.0f} s; "
        f"responses {dict(statuses)}; "
        f"50% within {times[len(times) // 2]:.3f} s, the slowest {times[-1]:.1f} s"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site")
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--json", action="store_true", help="print every response time")
    options = parser.parse_args()
    run = print_json if options.json else load
    asyncio.run(run(options.site, options.paths, options.rate, options.seconds))
