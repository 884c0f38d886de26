"""Sends requests to services that an operator configured, within a total time."""

import socket
import ssl
import time
from concurrent.futures import Future
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Event, Thread, Timer
from typing import Any
from urllib.parse import urlsplit


def post(url: str, body: bytes, headers: dict[str, str], *, timeout: float) -> int:
    """POST `body` and return the status. Follows no redirect and reads no body of the response.

    Raises OSError if the URL is invalid or the request fails, and TimeoutError after `timeout`
    seconds in total. The timeout of a socket limits each read only, so a server that sends one byte
    after another could keep us waiting forever.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        url.encode("ascii")
    except ValueError:
        raise OSError("not a URL") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise OSError(f"{parts.scheme or 'nothing'} is not http or https")
    end = time.monotonic() + timeout
    is_secure = parts.scheme == "https"
    connection_class = HTTPSConnection if is_secure else HTTPConnection
    connection = connection_class(parts.hostname, port)
    addresses = resolve(parts.hostname, connection.port, timeout)
    sock = connect(addresses, end - time.monotonic())
    if is_secure:
        # `do_handshake` is called below, where the timer limits its time.
        context = ssl.create_default_context()
        sock = context.wrap_socket(
            sock, server_hostname=parts.hostname, do_handshake_on_connect=False
        )
    sock.settimeout(timeout)
    is_over = Event()
    deadline = Timer(end - time.monotonic(), _shut_down, [sock, is_over])
    deadline.start()
    try:
        if isinstance(sock, ssl.SSLSocket):
            sock.do_handshake()
        connection.sock = sock
        target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        connection.request("POST", target, body, {**headers, "Connection": "close"})
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        if is_over.is_set():
            raise TimeoutError("timed out") from None
        raise error if isinstance(error, OSError) else OSError(type(error).__name__) from None
    else:
        if is_over.is_set():  # the response was “complete” only because we shut the connection
            raise TimeoutError("timed out")
        return status
    finally:
        deadline.cancel()
        sock.close()


def resolve(host: str, port: int, timeout: float) -> list[Any]:
    """The result of `socket.getaddrinfo`, which has no timeout, so a thread waits for it."""
    found: Future[list[Any]] = Future()

    def look_up() -> None:
        try:
            found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.set_exception(error if isinstance(error, OSError) else OSError(str(error)))

    Thread(target=look_up, daemon=True).start()
    try:
        return found.result(timeout)
    except TimeoutError:
        raise TimeoutError("timed out") from None


def connect(addresses: list[Any], timeout: float) -> socket.socket:
    """Connect to the first of `addresses` that answers.

    All attempts together take at most `timeout` seconds.
    """
    end = time.monotonic() + timeout
    error = OSError("no address")
    for tried, (*_kind, address) in enumerate(addresses):
        # Each address gets a share of the time, so an address that does not respond leaves time for
        # the other addresses.
        share = (end - time.monotonic()) / (len(addresses) - tried)
        try:
            return socket.create_connection(address[:2], max(share, 0.001))
        except OSError as raised:
            error = raised
    raise error


def _shut_down(sock: socket.socket, is_over: Event) -> None:
    is_over.set()  # set before the other thread sees the end of the connection
    with suppress(OSError):  # closed already
        # SSLSocket.shutdown first ends the encryption: the other thread could then send plain text.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
