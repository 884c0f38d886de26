"""Sends large and slow requests to your own site, and prints how they end.

    python bench/slow_clients.py http://localhost:8000

The edge should refuse large bodies before they arrive (413), and close connections that send their
header or body too slowly. It should allow each network 200 open requests, of which 20 have a body,
and refuse others (429). Uses the standard library only.
"""

import argparse
import asyncio
import time
from collections import Counter
from itertools import product
from urllib.parse import urlsplit

LARGE = 45_000_000  # bytes
CONNECTIONS = 300


class Site:
    def __init__(self, url: str) -> None:
        self.host, self.port = urlsplit(url).hostname or "", urlsplit(url).port or 80

    def head(self, method: str, path: str, *lines: str) -> bytes:
        text = "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}", *lines])
        return text.encode() + b"\r\n\r\n"

    async def send(self, *parts: bytes, pause: float = 0, times: int = 1) -> tuple[str, int, float]:
        """Send `parts`, the last of them `times` times; return status, bytes sent and seconds."""
        start, sent, status = time.perf_counter(), 0, "closed"
        reader, writer = await asyncio.open_connection(self.host, self.port)
        response = asyncio.create_task(reader.readline())
        try:
            for part in (*parts[:-1], *[parts[-1]] * times):
                writer.write(part)
                await writer.drain()
                sent += len(part)
                await asyncio.wait([response], timeout=pause)
                if response.done():
                    break
            line = (await asyncio.wait_for(response, 60)).split()
            status = line[1].decode() if len(line) > 1 else status
        except (OSError, TimeoutError):
            pass
        finally:
            response.cancel()
            writer.close()
        return status, sent, time.perf_counter() - start


async def attack(site: Site) -> None:
    chunk = bytes(100_000)
    paths = ("/join/", "/take-part/delete/", "/account/login/", "/admin/images/multiple/add/")
    for method, path in product(("POST", "PUT", "GET"), paths):
        head = site.head(method, path, f"Content-Length: {LARGE}", "Cookie: sessionid=forged")
        tries = [site.send(head, chunk, times=LARGE // len(chunk)) for _try in range(12)]
        found = await asyncio.gather(*tries)
        statuses = dict(Counter(status for status, _sent, _seconds in found))
        most = max(sent for _status, sent, _seconds in found)
        print(f"{method}, 12 x 45 MB to {path}: {statuses}; at most {most:,} bytes sent")
    head = site.head("GET", "/")[:-2]
    found = await asyncio.gather(
        *(site.send(head, b"X-A: b\r\n", pause=1, times=60) for _try in range(CONNECTIONS))
    )
    print(f"{CONNECTIONS} slow headers: closed after at most {max(f[2] for f in found):.0f} s")
    head = site.head("POST", "/take-part/delete/", "Content-Length: 50000")
    found = await asyncio.gather(
        *(site.send(head, b"a", pause=11, times=9) for _try in range(CONNECTIONS))
    )
    statuses = dict(Counter(status for status, _sent, _seconds in found))
    print(f"{CONNECTIONS} slow bodies: {statuses}, after at most {max(f[2] for f in found):.0f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site")
    asyncio.run(attack(Site(parser.parse_args().site)))
