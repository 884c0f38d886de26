"""Request log and metrics: method, route, status and duration of each request."""

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.http import HttpRequest, HttpResponse
from prometheus_client import Histogram

from dpa_site.observability.logs import request_id, route

logger = logging.getLogger("dpa_site.requests")
REQUEST_ID = re.compile(r"[0-9a-f-]{16,64}")  # as nginx sends it in X-Request-ID
REQUEST_SECONDS = Histogram(
    "site_request_seconds",
    "Time from a request to its response; its count is the number of requests.",
    ("method", "route", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


@contextmanager
def request_id_context(given: str) -> Iterator[None]:
    """Set the request ID for log lines: the one given if it is valid, else a new one."""
    token = request_id.set(given if REQUEST_ID.fullmatch(given) else secrets.token_hex(16))
    try:
        yield
    finally:
        request_id.reset(token)


def log_request(method: str | None, route: str, status: int, seconds: float) -> None:
    """Log the route, never the path, so that the log does not tell which page was read."""
    labels = {"method": method if method in METHODS else "other", "route": route, "status": status}
    REQUEST_SECONDS.labels(**labels).observe(seconds)
    logger.info("request", extra={"fields": labels | {"ms": round(seconds * 1000, 1)}})


class RequestLogMiddleware:
    """Logs each request that reaches Django; cache hits are logged by the page cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with request_id_context(request.headers.get("X-Request-ID", "")):
            start = time.perf_counter()
            response = self.get_response(request)
            seconds = time.perf_counter() - start
            log_request(request.method, route(request), response.status_code, seconds)
            return response
