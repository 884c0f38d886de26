"""Full-page cache for anonymous visitors; cleared when any content changes.

WSGI middleware around Django: a hit needs no database connection. Which responses may
be cached is decided in `dpa_site.caching.headers`; this module stores and sends them.
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

MAX_SIZE = 32 * 1024 * 1024  # bytes per process
MAX_AGE = 60  # seconds; a fallback in case a change notification was lost
WAIT_SECONDS = 10  # how long a request waits for another request that is rendering the same page
# Removed from the query, so that visitors who followed different links share one entry.
TRACKING_PARAMETERS = re.compile(rf"(?:^|&)(?:{'|'.join(settings.TRACKING_PARAMETERS)})=[^&]*")
ACCEPTS = {
    encoding: re.compile(rf"\b{encoding}\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
    for encoding in ("br", "gzip")
}
RESULTS = Counter("site_page_cache_requests", "Requests by what the page cache did.", ("result",))
HITS, MISSES, BYPASSES = (RESULTS.labels(result) for result in ("hit", "miss", "bypass"))


@dataclass
class CachedPage:
    """A response body in each encoding, with its headers and expiry time."""

    route: str
    until: float  # expiry, in seconds since 1970
    cached_at: float  # seconds since 1970
    etag: str
    headers: Headers  # without headers that differ per request
    bodies: dict[str, bytes]  # by content encoding; "" is unencoded

    @classmethod
    def from_response(cls, environ: dict, headers: Headers, body: bytes) -> "CachedPage":
        found = {name.lower(): value for name, value in headers}
        # A weak ETag, because it stands for the body in every encoding.
        etag = "W/" + found["etag"].removeprefix("W/")
        varies = ", ".join(filter(None, (found.get("vary"), "Accept-Encoding")))
        others = {"etag", "vary", "content-length", "cache-control"}
        stored = [header for header in headers if header[0].lower() not in others]
        stored += [("ETag", etag), ("Vary", varies)]
        bodies = {
            "": body,
            "br": brotli.compress(body, brotli.MODE_TEXT, quality=5),
            "gzip": gzip.compress(body, 6, mtime=0),
        }
        return cls(environ[ROUTE], environ[UNTIL], time.time(), etag, stored, bodies)

    @property
    def is_fresh(self) -> bool:
        return time.time() < min(self.until, self.cached_at + MAX_AGE)

    @property
    def size(self) -> int:
        return sum(map(len, self.bodies.values()))


class PageStore:
    """The cached pages of one cache version, in least-recently-used order. Thread-safe."""

    def __init__(self, size: int) -> None:
        self.size = self.free = size
        self.version = -1
        self.pages: OrderedDict[Key, CachedPage] = OrderedDict()
        self.lock = threading.Lock()

    def get(self, key: Key, version: int) -> CachedPage | None:
        """The fresh page for `key`. If `version` is newer than the stored pages, drops them all."""
        with self.lock:
            if version > self.version:
                self.pages.clear()
                self.free, self.version = self.size, version
            page = self.pages.get(key)
            if page is None or version < self.version or not page.is_fresh:
                return None
            self.pages.move_to_end(key)
            return page

    def set(self, key: Key, page: CachedPage, version: int) -> None:
        """Store the page unless its version is outdated; evict others to stay within `size`."""
        with self.lock:
            if version != self.version or page.size > self.size:
                return
            if replaced := self.pages.pop(key, None):
                self.free += replaced.size
            self.pages[key] = page
            self.free -= page.size
            while self.free < 0:
                self.free += self.pages.popitem(last=False)[1].size


class PageCache:
    """WSGI middleware that answers from the cache or calls Django."""

    def __init__(
        self, application: Application, cache_version: CacheVersion, size: int = MAX_SIZE
    ) -> None:
        self.application, self.cache_version = application, cache_version
        self.pages = PageStore(size)
        # The pages that a thread is rendering, with the event for which other threads wait.
        self.in_progress: dict[tuple[Key, int], threading.Event] = {}
        self.personal = re.compile(rf"(^|;\s*)({'|'.join(map(re.escape, personal_cookies()))})=")
        models = get_page_models()
        self.query_names = {name for model in models for name in getattr(model, "query_names", ())}

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        start, version = time.perf_counter(), self.cache_version.value
        environ["QUERY_STRING"] = TRACKING_PARAMETERS.sub(
            "", environ.get("QUERY_STRING", "")
        ).removeprefix("&")
        key = self.key(environ) if self.cache_version.is_listening else None
        if key is None:
            return self.bypass(environ, start_response)
        page = self.pages.get(key, version)
        if page is None:
            if environ["REQUEST_METHOD"] == "HEAD":  # the response has no body to cache
                return self.bypass(environ, start_response)
            own = threading.Event()
            rendering = self.in_progress.setdefault((key, version), own)
            if rendering is own:
                return self.render(key, version, environ, start_response)
            rendering.wait(WAIT_SECONDS)
            page = self.pages.get(key, version)
        if page is None:
            return self.bypass(environ, start_response)
        HITS.inc()
        with request_log.request_id_context(environ.get("HTTP_X_REQUEST_ID", "")):
            status, body = send(page, environ, start_response)
            request_log.log_request(
                environ["REQUEST_METHOD"], page.route, status, time.perf_counter() - start
            )
        return body

    def bypass(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        """Call Django and cache nothing."""
        BYPASSES.inc()
        return self.application(environ, start_response)

    def key(self, environ: dict) -> Key | None:
        """The cache key; None if the request must bypass the cache."""
        path, query_string = environ["PATH_INFO"], environ["QUERY_STRING"]
        if (
            environ["REQUEST_METHOD"] not in ("GET", "HEAD")
            or path.startswith(settings.UNCACHED_PATHS)
            or "HTTP_AUTHORIZATION" in environ
            or self.personal.search(environ.get("HTTP_COOKIE", ""))
        ):
            return None
        params = parse_qsl(query_string, keep_blank_values=True) if query_string else []
        if any(name not in self.query_names for name, _value in params):
            return None
        host, protocol = environ.get("HTTP_HOST", ""), environ.get("HTTP_X_FORWARDED_PROTO", "")
        return (host, protocol, environ["wsgi.url_scheme"], path, *map("=".join, sorted(params)))

    def render(
        self, key: Key, version: int, environ: dict, start_response: Callable
    ) -> Iterable[bytes]:
        """Call Django, and cache the page unless the cache version has changed during the call."""
        environ[PAGE_CACHE] = True
        started: list = []
        try:
            response = self.application(environ, lambda *args: started.extend(args))
            status, headers = started[:2]
            if not is_cacheable(environ, status, headers):
                BYPASSES.inc()
                start_response(status, headers)
                return response
            page = CachedPage.from_response(environ, headers, b"".join(response))
            response.close()
            if self.cache_version.is_listening and version == self.cache_version.value:
                self.pages.set(key, page, version)
        finally:
            self.in_progress.pop((key, version)).set()
        MISSES.inc()
        return send(page, environ, start_response)[1]


def personal_cookies() -> tuple[str, ...]:
    """Requests with one of these cookies bypass the cache. deploy/nginx.conf repeats the names."""
    return (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages")


def is_cacheable(environ: dict, status: str, headers: Headers) -> bool:
    """Whether to store the response. Checks the final headers, which middleware may have set."""
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
    """Send 304 if the ETag matches, else the page in the smallest accepted encoding."""
    control = ("Cache-Control", cache_control(page.until - time.time()))
    if_none_match = environ.get("HTTP_IF_NONE_MATCH")
    if if_none_match and etag_matches(page.etag, if_none_match):
        start_response("304 Not Modified", [*page.headers, control])
        return 304, []
    accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
    encoding = next((name for name, pattern in ACCEPTS.items() if pattern.search(accepted)), "")
    body = page.bodies[encoding]
    headers = [*page.headers, control, ("Content-Length", str(len(body)))]
    if encoding:
        headers.append(("Content-Encoding", encoding))
    start_response("200 OK", headers)
    return 200, [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def etag_matches(etag: str, if_none_match: str) -> bool:
    """Weak comparison with an If-None-Match header (RFC 9110)."""
    if if_none_match == etag:
        return True
    plain = etag.removeprefix("W/")
    listed = parse_etags(if_none_match)
    return any(value == "*" or value.removeprefix("W/") == plain for value in listed)
