"""Requests to configured services end within a time limit, whatever the server sends."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import pytest

from actions import http_client

Serve = Callable[[Callable[[socket.socket], None]], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Run a server that calls a function with each connection; returns its URL."""
    listeners = []

    def start(respond: Callable[[socket.socket], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def run() -> None:
            with suppress(OSError):
                while True:
                    connection, _address = listener.accept()
                    with connection, suppress(OSError):
                        respond(connection)

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/hook"

    yield start
    for listener in listeners:
        listener.close()


def drip(connection: socket.socket, beginning: bytes = b"") -> None:
    connection.sendall(beginning)
    for _byte in range(100):
        connection.sendall(b"1")
        time.sleep(0.1)


def read_request(connection: socket.socket) -> None:
    """Read headers and body: closing a connection with unread data resets it."""
    received = b""
    while not received.endswith(b"\r\n\r\n{}"):
        received += connection.recv(10_000)


def post(url: str) -> int:
    return http_client.post(url, b"{}", {"X-Name": "value"}, timeout=0.5)


@pytest.mark.parametrize(
    "beginning", [b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\nX-Drip: ", b"HTTP/1.1 100 C\r\nX: "]
)
def test_server_that_sends_one_byte_at_a_time_times_out(serve: Serve, beginning: bytes) -> None:
    url = serve(lambda connection: drip(connection, beginning))
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        post(url)
    assert time.monotonic() - start < 2


def test_slow_handshake_times_out(serve: Serve) -> None:
    # The header of a TLS record of 16,000 bytes, which then arrive one at a time.
    url = serve(lambda connection: drip(connection, b"\x16\x03\x03\x3e\x80"))
    start = time.monotonic()
    with pytest.raises((TimeoutError, ssl.SSLError)):
        post(url.replace("http:", "https:"))
    assert time.monotonic() - start < 2


def test_connection_that_timed_out_stays_encrypted() -> None:
    ours, theirs = socket.socketpair()
    with (
        theirs,
        ssl.create_default_context().wrap_socket(
            ours, do_handshake_on_connect=False, server_hostname="example.org"
        ) as connection,
    ):
        http_client._shut_down(connection, threading.Event())
        with pytest.raises(OSError, match=r"EOF|pipe|closed"):
            connection.do_handshake()  # AttributeError without encryption


def addrinfo(address: tuple) -> tuple:
    """One item of a result of getaddrinfo."""
    return socket.AF_INET, socket.SOCK_STREAM, 6, "", address


@pytest.fixture
def unresponsive_addresses() -> Iterator[list[tuple]]:
    """Addresses of servers that accept no connection, because their backlog is full."""
    with ExitStack() as stack:
        found = []
        for _server in range(6):
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
            for _client in range(2):
                client = stack.enter_context(socket.socket())
                client.setblocking(False)
                client.connect_ex(listener.getsockname())
            found.append(addrinfo(listener.getsockname()))
        yield found


def test_unresponsive_addresses_share_one_timeout(
    unresponsive_addresses: list[tuple], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "resolve", lambda *_args: unresponsive_addresses)
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        post("http://receiver.example/")
    assert time.monotonic() - start < 1


def test_unresponsive_addresses_leave_time_for_a_working_one(
    serve: Serve, unresponsive_addresses: list[tuple], monkeypatch: pytest.MonkeyPatch
) -> None:
    def respond(connection: socket.socket) -> None:
        connection.recv(10_000)
        connection.sendall(b"HTTP/1.1 204 N\r\n\r\n")

    working = addrinfo(("127.0.0.1", urlsplit(serve(respond)).port))
    monkeypatch.setattr(http_client, "resolve", lambda *_args: [*unresponsive_addresses, working])
    assert post("http://receiver.example/") == 204


def test_slow_resolver_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    is_done = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: is_done.wait(5))
    start = time.monotonic()
    with pytest.raises(TimeoutError, match="timed out"):
        post("http://receiver.example/")
    assert time.monotonic() - start < 1
    is_done.set()


@pytest.mark.parametrize("host", ["nowhere.invalid", f"{'a' * 70}.example"])
def test_unknown_host_raises_os_error(host: str) -> None:
    with pytest.raises(OSError):  # noqa: PT011  the operating system chooses the message
        post(f"http://{host}/")


def test_response_body_is_not_read(serve: Serve) -> None:
    sent = 0

    def respond(connection: socket.socket) -> None:
        nonlocal sent
        connection.recv(10_000)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _megabyte in range(100):
            connection.sendall(bytes(1_000_000))
            sent += 1

    assert post(serve(respond)) == 200
    time.sleep(0.3)
    assert sent < 20  # megabytes; the buffers of the system hold less


def test_redirect_is_not_followed(serve: Serve) -> None:
    requests = []

    def respond(connection: socket.socket) -> None:
        requests.append(connection.recv(10_000))
        connection.sendall(b"HTTP/1.1 307 T\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n")

    assert post(serve(respond)) == 307
    [request] = requests
    assert request.startswith(b"POST /hook HTTP/1.1\r\n")
    assert b"X-Name: value" in request


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (b"", "closed connection"),
        (b"HTTP/1.1 abc\r\n\r\n", "BadStatusLine"),
        (b"\0" * 100_000, "LineTooLong"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200, "HTTPException"),
    ],
)
def test_invalid_response_raises_os_error(serve: Serve, response: bytes, reason: str) -> None:
    def respond(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(response)

    with pytest.raises(OSError, match=reason):
        post(serve(respond))


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "file:///etc/passwd", "http:///x", ""])
def test_urls_other_than_http_are_rejected(url: str) -> None:
    with pytest.raises(OSError, match="not http"):
        post(url)


@pytest.mark.parametrize("url", ["http://[::1", "http://a:port/", "http://a:99999/", "http://a/é"])
def test_invalid_url_raises_os_error(url: str) -> None:
    with pytest.raises(OSError, match="not a URL"):
        post(url)
