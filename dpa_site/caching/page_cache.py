"""Whole pages, kept at the door for readers nobody knows, until anything changes.

A kept page is sent before Django hears of the request: no query, no connection. What may be kept
is for dpa_site.caching.headers to say; here is only where and how.
"""

import gzip
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import brotli
from django.conf import settings
from django.utils.http import parse_etags
from prometheus_client import Counter
from wagtail.models import get_page_models

from dpa_site.caching.headers import PAGE_CACHE, ROUTE, UNTIL, cache_control
from dpa_site.caching.version import CacheVersion
from dpa_site.observability import request_log

Application = Callable[[dict, Callable], Any]
Key = tuple[str, ...]
Headers = list[tuple[str, str]]

MAX_SIZE = 32 * 1024 * 1024  # bytes in each process
MAX_AGE = 60  # seconds, in case that news of a change was lost on the way
WAIT_SECONDS = 10  # seconds that others wait for the one who makes a page
# Nothing below these is ever for everybody, or it has caches of its own.
ELSEWHERE = ("/admin/", "/account/", "/-/", "/documents/", "/media/", "/static/")
# What newsletters and social sites add to links, another for each reader, ends at the door.
TRACKING_PARAMETERS = re.compile(
    r"(?:^|&)(?:utm_[a-z]+|fbclid|gclid|gbraid|wbraid|msclkid|ttclid|twclid|igsh|igshid"
    r"|mc_cid|mc_eid|emci|emdi|ceid)=[^&]*"
)
ACCEPTS = {
    encoding: re.compile(rf"\b{encoding}\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
    for encoding in ("br", "gzip")
}
RESULTS = Counter("site_page_cache_requests", "Requests by what the page cache did.", ("result",))
HITS, MISSES, BYPASSES = (RESULTS.labels(result) for result in ("hit", "miss", "bypass"))


@dataclass
class CachedPage:
    """One page as it is sent, in each encoding, and how long it stays right."""

    route: str
    until: float  # seconds since 1970
    cached_at: float
    etag: str
    headers: Headers  # but for those that differ from one request to the next
    bodies: dict[str, bytes]

    @classmethod
    def of(cls, environ: dict, headers: Headers, body: bytes) -> "CachedPage":
        found = {name.lower(): value for name, value in headers}
        # Weak: the same for each encoding, and for whoever had the page from Django.
        etag = "W/" + found["etag"].removeprefix("W/")
        varies = ", ".join(filter(None, (found.get("vary"), "Accept-Encoding")))
        others = {"etag", "vary", "content-length", "cache-control"}
        kept = [header for header in headers if header[0].lower() not in others]
        kept += [("ETag", etag), ("Vary", varies)]
        bodies = {
            "": body,
            "br": brotli.compress(body, brotli.MODE_TEXT, quality=5),
            "gzip": gzip.compress(body, 6, mtime=0),
        }
        return cls(environ[ROUTE], environ[UNTIL], time.time(), etag, kept, bodies)

    @property
    def is_fresh(self) -> bool:
        return time.time() < min(self.until, self.cached_at + MAX_AGE)

    @property
    def size(self) -> int:
        return sum(map(len, self.bodies.values()))


class Pages:
    """Those of one cache_version; what was not asked for longest goes first."""

    def __init__(self, size: int) -> None:
        self.size = self.free = size
        self.number = -1
        self.pages: OrderedDict[Key, CachedPage] = OrderedDict()
        self.lock = threading.Lock()

    def find(self, key: Key, number: int) -> CachedPage | None:
        with self.lock:
            if number > self.number:
                self.pages.clear()
                self.free, self.number = self.size, number
            page = self.pages.get(key)
            if page is None or number < self.number or not page.is_fresh:
                return None
            self.pages.move_to_end(key)
            return page

    def keep(self, key: Key, page: CachedPage, number: int) -> None:
        with self.lock:
            if number != self.number or page.size > self.size:
                return
            if former := self.pages.pop(key, None):
                self.free += former.size
            self.pages[key] = page
            self.free -= page.size
            while self.free < 0:
                self.free += self.pages.popitem(last=False)[1].size


class PageCache:
    """Stands between the web server and Django."""

    def __init__(
        self, application: Application, cache_version: CacheVersion, size: int = MAX_SIZE
    ) -> None:
        self.application, self.cache_version = application, cache_version
        self.pages = Pages(size)
        self.in_progress: dict[tuple[Key, int], threading.Event] = {}
        names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages")
        self.personal = re.compile(rf"(^|;\s*)({'|'.join(map(re.escape, names))})=")
        models = get_page_models()
        self.query_names = {name for model in models for name in getattr(model, "query_names", ())}

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        start, number = time.perf_counter(), self.cache_version.number
        environ["QUERY_STRING"] = TRACKING_PARAMETERS.sub(
            "", environ.get("QUERY_STRING", "")
        ).removeprefix("&")
        key = self.key(environ) if self.cache_version.known else None
        if key is None:
            return self.bypass(environ, start_response)
        page = self.pages.find(key, number)
        if page is None:
            if environ["REQUEST_METHOD"] == "HEAD":  # what it leaves out is what would be kept
                return self.bypass(environ, start_response)
            own = threading.Event()
            making = self.in_progress.setdefault((key, number), own)
            if making is own:
                return self.make(key, number, environ, start_response)
            making.wait(WAIT_SECONDS)
            page = self.pages.find(key, number)
        if page is None:
            return self.bypass(environ, start_response)
        HITS.inc()
        with request_log.request_id_context(environ.get("HTTP_X_REQUEST_ID", "")):
            status, answer = send(page, environ, start_response)
            request_log.log_request(
                environ["REQUEST_METHOD"], page.route, status, time.perf_counter() - start
            )
        return answer

    def bypass(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        BYPASSES.inc()
        return self.application(environ, start_response)

    def key(self, environ: dict) -> Key | None:
        """What tells one page from another; nothing for what is not for everybody."""
        path, asked = environ["PATH_INFO"], environ["QUERY_STRING"]
        if (
            environ["REQUEST_METHOD"] not in ("GET", "HEAD")
            or path.startswith(ELSEWHERE)
            or "HTTP_AUTHORIZATION" in environ
            or self.personal.search(environ.get("HTTP_COOKIE", ""))
        ):
            return None
        queries = parse_qsl(asked, keep_blank_values=True) if asked else []
        if any(name not in self.query_names for name, _value in queries):
            return None
        host, protocol = environ.get("HTTP_HOST", ""), environ.get("HTTP_X_FORWARDED_PROTO", "")
        return (host, protocol, environ["wsgi.url_scheme"], path, *map("=".join, sorted(queries)))

    def make(
        self, key: Key, number: int, environ: dict, start_response: Callable
    ) -> Iterable[bytes]:
        """Lets Django answer, and keeps the page if nothing changed meanwhile."""
        environ[PAGE_CACHE] = True
        first: list = []
        try:
            answer = self.application(environ, lambda *given: first.extend(given))
            status, headers = first[:2]
            if not is_cacheable(environ, status, headers):
                BYPASSES.inc()
                start_response(status, headers)
                return answer
            page = CachedPage.of(environ, headers, b"".join(answer))
            answer.close()
            if self.cache_version.known and number == self.cache_version.number:
                self.pages.keep(key, page, number)
        finally:
            self.in_progress.pop((key, number)).set()
        MISSES.inc()
        return send(page, environ, start_response)[1]


def is_cacheable(environ: dict, status: str, headers: Headers) -> bool:
    """Looks again at what leaves Django, whatever the middleware said before."""
    found = {name.lower(): value.lower() for name, value in headers}
    return (
        UNTIL in environ
        and status.startswith("200")
        and found.get("cache-control", "").startswith("public")
        and "set-cookie" not in found
        and "cookie" not in found.get("vary", "")
        and "etag" in found
    )


def send(page: CachedPage, environ: dict, start_response: Callable) -> tuple[int, list[bytes]]:
    """“Not modified” to whoever has it, else in the smallest encoding that they accept."""
    control = ("Cache-Control", cache_control(page.until - time.time()))
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known and is_among(page.etag, known):
        start_response("304 Not Modified", [*page.headers, control])
        return 304, []
    accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
    encoding = next((name for name, asks in ACCEPTS.items() if asks.search(accepted)), "")
    body = page.bodies[encoding]
    headers = [*page.headers, control, ("Content-Length", str(len(body)))]
    if encoding:
        headers.append(("Content-Encoding", encoding))
    start_response("200 OK", headers)
    return 200, [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def is_among(etag: str, known: str) -> bool:
    if known == etag:
        return True
    plain = etag.removeprefix("W/")
    return any(one == "*" or one.removeprefix("W/") == plain for one in parse_etags(known))
