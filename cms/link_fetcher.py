"""Asks other hosts whether an address still answers: politely, and never inside our own network."""

import http.client
import ipaddress
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

from cms.models import Link

PROGRAM = "LinkCheck"
HOPS = 5  # redirects that are followed
ROBOTS_BYTES = 100_000
REDIRECTS = {301, 302, 303, 307, 308}
# Many hosts say these to programs alone, so they prove nothing about a reader's browser.
CLOSED = {401, 403, 405, 406, 407, 418, 423, 429, 451, 999}
# An address of these kinds holds another, to which the network may translate it.
TRANSLATED = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")))


class PrivateNetwork(Exception):
    """The address, or one that it redirects to, is not on the public internet."""


class NotInvited(Exception):
    """The host's robots.txt keeps programs out."""


class Reply(NamedTuple):
    status: int
    location: str
    body: bytes


def is_public(number: str) -> bool:
    """Whether an IP address belongs to the public internet."""
    ip = ipaddress.ip_address(number)
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in TRANSLATED)


class Visitor:
    """One round of visits, one at a time. Tests pass `may_ask` to reach their own server."""

    def __init__(
        self,
        may_ask: Callable[[str], bool] = is_public,
        pause: float = 2,
        timeout: float = 10,
    ) -> None:
        self.may_ask, self.pause, self.timeout = may_ask, pause, timeout  # both in seconds
        self.last_asked: dict[str, float] = {}
        self.rules: dict[tuple, RobotFileParser] = {}

    def visit(self, address: str) -> Any:
        """A `Link.Answer`: HEAD first, which costs its host least."""
        try:
            try:
                status = self._follow("HEAD", address)
            except (http.client.HTTPException, ConnectionError):
                status = None  # some hosts hang up on HEAD
            if status is None or status >= HTTPStatus.BAD_REQUEST:
                status = self._follow("GET", address)
        except PrivateNetwork:
            return Link.Answer.PRIVATE
        except NotInvited:
            return Link.Answer.CLOSED
        except (OSError, http.client.HTTPException, ValueError):
            return Link.Answer.SILENT
        if status < HTTPStatus.MULTIPLE_CHOICES:
            return Link.Answer.FINE
        if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            return Link.Answer.NOT_FOUND
        return Link.Answer.CLOSED if status in CLOSED else Link.Answer.FAILS

    def _follow(self, method: str, address: str) -> int:
        for _hop in range(HOPS + 1):
            if not self._is_invited(address):
                raise NotInvited
            reply = self._ask(method, address)
            if reply.status not in REDIRECTS or not reply.location:
                break
            address = urljoin(address, reply.location)
        return reply.status

    def _is_invited(self, address: str) -> bool:
        parts = urlsplit(address)
        root = (parts.scheme, parts.hostname, parts.port)
        if root not in self.rules:
            reply = self._ask("GET", urljoin(address, "/robots.txt"), read=ROBOTS_BYTES)
            text = reply.body.decode("utf-8", "replace") if reply.status == HTTPStatus.OK else ""
            self.rules[root] = RobotFileParser()
            self.rules[root].parse(text.splitlines())
        return self.rules[root].can_fetch(PROGRAM, address)

    def _ask(self, method: str, address: str, read: int = 0) -> Reply:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(address)
        host = parts.hostname.encode("idna").decode()
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(host, parts.port, timeout=self.timeout)
        self._wait(host)
        sock = self._connect(host, connection.port)
        if secure:
            tls = ssl.create_default_context()
            sock = tls.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
        # The timeout is for each packet; a host that sends a byte now and then is cut off here.
        alarm = Timer(self.timeout * 2, _hang_up, [sock])
        alarm.start()
        try:
            if isinstance(sock, ssl.SSLSocket):
                sock.do_handshake()
            connection.sock = sock
            target = iri_to_uri(parts._replace(scheme="", netloc="", fragment="").geturl() or "/")
            target = target if target.startswith("/") else f"/{target}"
            connection.request(method, target, headers=_headers())
            reply = connection.getresponse()
            return Reply(reply.status, reply.getheader("Location") or "", reply.read(read))
        finally:
            alarm.cancel()
            sock.close()

    def _wait(self, host: str) -> None:
        """Leaves each host in peace between two requests."""
        rest = self.last_asked.get(host, -self.pause) + self.pause - time.monotonic()
        time.sleep(max(rest, 0))
        self.last_asked[host] = time.monotonic()

    def _connect(self, host: str, port: int) -> socket.socket:
        """To a number that was looked at: a name asked twice may answer differently."""
        numbers = [
            str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        ]
        if not all(self.may_ask(number) for number in numbers):
            raise PrivateNetwork
        for number in numbers[:-1]:
            try:
                return socket.create_connection((number, port), self.timeout)
            except OSError:
                continue
        return socket.create_connection((numbers[-1], port), self.timeout)


def _headers() -> dict[str, str]:
    agent = f"{PROGRAM}/1.0 (+{settings.WAGTAILADMIN_BASE_URL}/)"
    return {"User-Agent": agent, "Accept": "*/*", "Connection": "close"}


def _hang_up(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is over already
