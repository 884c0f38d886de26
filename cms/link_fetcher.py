"""Fetches external links to check whether they work.

Obeys robots.txt, limits the request rate per host, and never connects to private networks.
"""

import http.client
import socket
import ssl
import time
from collections.abc import Callable
from http import HTTPStatus
from threading import Timer
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from django.conf import settings
from django.utils.encoding import iri_to_uri

from actions import http_client
from cms.ip_addresses import is_public
from cms.models import Link
from editorial.domains import ascii_domain

USER_AGENT = "LinkCheck"
MAX_REDIRECTS = 5
MAX_ROBOTS_BYTES = 100_000
REDIRECTS = {301, 302, 303, 307, 308}
# Many hosts return these only to bots, so a browser may still be able to open the page.
BLOCKED_STATUSES = {401, 403, 405, 406, 407, 418, 423, 429, 451, 999}


class PrivateNetwork(Exception):
    """The URL, or a URL that it redirects to, is not on the public internet."""


class DisallowedByRobots(Exception):
    """The host's robots.txt does not allow this URL."""


class Response(NamedTuple):
    status: int
    location: str
    body: bytes


class LinkChecker:
    """Checks URLs one after another. Remembers the robots.txt and the last request of each host.

    Tests pass `is_allowed_ip` to reach a local server.
    """

    def __init__(
        self,
        is_allowed_ip: Callable[[str], bool] = is_public,
        pause: float = 2,
        timeout: float = 10,
    ) -> None:
        self.is_allowed_ip = is_allowed_ip
        self.pause, self.timeout = pause, timeout  # both in seconds
        self.deadline = 0.0  # of the current check, as time.monotonic() counts
        self.last_request_at: dict[str, float] = {}
        self.rules: dict[tuple, RobotFileParser] = {}

    def check(self, url: str) -> Any:
        """Return a `Link.Result`. Tries HEAD first, because it costs the host least.

        Begins no request after six timeouts, because each redirect may lead to another slow host.
        """
        self.deadline = time.monotonic() + 6 * self.timeout
        try:
            try:
                status = self._follow("HEAD", url)
            except (http.client.HTTPException, ConnectionError):
                status = None  # some hosts close the connection on HEAD
            if status is None or status >= HTTPStatus.BAD_REQUEST:
                status = self._follow("GET", url)
        except PrivateNetwork:
            return Link.Result.PRIVATE
        except DisallowedByRobots:
            return Link.Result.BLOCKED
        except (OSError, http.client.HTTPException, ValueError):
            return Link.Result.NO_RESPONSE
        if status < HTTPStatus.MULTIPLE_CHOICES:
            return Link.Result.WORKS
        if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            return Link.Result.NOT_FOUND
        return Link.Result.BLOCKED if status in BLOCKED_STATUSES else Link.Result.ERROR

    def _follow(self, method: str, url: str) -> int:
        for _hop in range(MAX_REDIRECTS + 1):
            if not self._is_allowed_by_robots(url):
                raise DisallowedByRobots
            response = self._request(method, url)
            if response.status not in REDIRECTS or not response.location:
                break
            url = urljoin(url, response.location)
        return response.status

    def _is_allowed_by_robots(self, url: str) -> bool:
        parts = urlsplit(url)
        root = (parts.scheme, parts.hostname, parts.port)
        if root not in self.rules:
            robots_url = urljoin(url, "/robots.txt")
            response = self._request("GET", robots_url, max_bytes=MAX_ROBOTS_BYTES)
            ok = response.status == HTTPStatus.OK
            text = response.body.decode("utf-8", "replace") if ok else ""
            self.rules[root] = RobotFileParser()
            self.rules[root].parse(text.splitlines())
        return self.rules[root].can_fetch(USER_AGENT, url)

    def _request(self, method: str, url: str, max_bytes: int = 0) -> Response:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(url)
        if time.monotonic() > self.deadline:
            raise TimeoutError
        host = ascii_domain(parts.hostname)
        secure = parts.scheme == "https"
        connection_class = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connection_class(host, parts.port, timeout=self.timeout)
        self._wait(host)
        sock = self._connect(host, connection.port)
        sock.settimeout(self.timeout)
        if secure:
            tls = ssl.create_default_context()
            sock = tls.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
        # The socket timeout applies to each read. Without this timer, a server that sends one byte
        # at a time would never time out.
        deadline = Timer(self.timeout * 2, _close, [sock])
        deadline.start()
        try:
            if isinstance(sock, ssl.SSLSocket):
                sock.do_handshake()
            connection.sock = sock
            target = iri_to_uri(parts._replace(scheme="", netloc="", fragment="").geturl() or "/")
            target = target if target.startswith("/") else f"/{target}"
            connection.request(method, target, headers=_headers())
            response = connection.getresponse()
            location = response.getheader("Location") or ""
            return Response(response.status, location, response.read(max_bytes))
        finally:
            deadline.cancel()
            sock.close()

    def _wait(self, host: str) -> None:
        """Sleep until `pause` seconds have passed since the last request to this host."""
        delay = self.last_request_at.get(host, -self.pause) + self.pause - time.monotonic()
        time.sleep(max(delay, 0))
        self.last_request_at[host] = time.monotonic()

    def _connect(self, host: str, port: int) -> socket.socket:
        """Connect to a checked IP address.

        The name is resolved only once, because a second lookup may return another address.
        """
        addresses = http_client.resolve(host, port, self.timeout)
        if not all(self.is_allowed_ip(str(found[4][0])) for found in addresses):
            raise PrivateNetwork
        return http_client.connect(addresses, self.timeout)


def _headers() -> dict[str, str]:
    agent = f"{USER_AGENT}/1.0 (+{settings.WAGTAILADMIN_BASE_URL}/)"
    return {"User-Agent": agent, "Accept": "*/*", "Connection": "close"}


def _close(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # already closed
