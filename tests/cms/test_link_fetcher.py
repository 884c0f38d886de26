"""The link fetcher. The fixture `checker` lets it connect to a local server."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, SOCK_STREAM
from time import monotonic, sleep
from types import SimpleNamespace

import pytest

from cms.link_fetcher import LinkChecker
from cms.models import Link

Result = Link.Result


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.requests.append((self.command, self.path, dict(self.headers), monotonic()))
        if self.path == "/robots.txt":
            return self.respond(200, body=self.server.robots)
        if self.path == "/loop":
            return self.respond(302, location="/loop")
        if self.path.startswith("/slow/"):
            sleep(0.3)
            left = int(self.path.removeprefix("/slow/"))
            return self.respond(302 if left else 500, location=f"/slow/{left - 1}")
        if self.path.startswith("/to/"):
            return self.respond(302, location=self.path.removeprefix("/to/"))
        if self.path == "/drip":
            return self.drip()
        if self.path == "/hangs-up-on-head" and self.command == "HEAD":
            return self.connection.close()
        if self.path == "/no-head":
            return self.respond(405 if self.command == "HEAD" else 200)
        return self.respond(int(self.path.strip("/").partition("?")[0]))

    do_HEAD = do_GET  # noqa: N815 - the name that the server calls

    def respond(self, status: int, *, location: str = "", body: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Set-Cookie", "watched=1")
        self.end_headers()
        self.wfile.write(body.encode())

    def drip(self) -> None:
        for _ in range(150):  # 30 seconds in total
            self.wfile.write(b"X")
            self.wfile.flush()
            sleep(0.2)

    def log_message(self, *args: object) -> None:
        """Log nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.requests, server.robots = [], ""
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def checker() -> LinkChecker:
    return LinkChecker(is_allowed_ip=lambda ip: ip == "127.0.0.1", pause=0)


@pytest.mark.parametrize(
    ("path", "result"),
    [
        ("/200", Result.WORKS),
        ("/404", Result.NOT_FOUND),
        ("/410", Result.NOT_FOUND),
        ("/500", Result.ERROR),
        ("/403", Result.BLOCKED),
        ("/429", Result.BLOCKED),
        ("/no-head", Result.WORKS),
        ("/to//200", Result.WORKS),
        ("/to//404", Result.NOT_FOUND),
        ("/loop", Result.ERROR),
        ("/to/ftp://127.0.0.1/", Result.NO_RESPONSE),
    ],
)
def test_check_classifies_responses(
    server: ThreadingHTTPServer, checker: LinkChecker, path: str, result: Result
) -> None:
    assert checker.check(server.url + path) == result


def test_check_sends_user_agent_and_no_credentials_or_cookies(
    server: ThreadingHTTPServer, checker: LinkChecker
) -> None:
    checker.check(server.url.replace("//", "//user:secret@") + "/200?a=b#part")
    checker.check(server.url + "/404")
    assert [(method, path) for method, path, _headers, _time in server.requests] == [
        ("GET", "/robots.txt"),
        ("HEAD", "/200?a=b"),
        ("HEAD", "/404"),
        ("GET", "/404"),
    ]
    for _method, _path, headers, _time in server.requests:
        assert headers.pop("User-Agent") == "LinkCheck/1.0 (+http://localhost/)"
        assert set(headers) == {"Host", "Accept", "Accept-Encoding", "Connection"}


def test_check_pauses_between_requests_to_a_host(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fake time only advances during `sleep`."""
    waits: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: sum(waits), sleep=waits.append)
    monkeypatch.setattr("cms.link_fetcher.time", clock)
    checker = LinkChecker(is_allowed_ip=lambda _ip: True, pause=2)
    checker.check(server.url + "/200")
    checker.check(server.url + "/no-head")
    assert len(server.requests) == 4
    assert waits == [0, 2, 2, 2]


def test_check_respects_robots_txt(server: ThreadingHTTPServer, checker: LinkChecker) -> None:
    server.robots = "User-agent: *\nDisallow: /404\n"
    assert checker.check(server.url + "/404") == Result.BLOCKED
    assert checker.check(server.url + "/to//404") == Result.BLOCKED
    assert "/404" not in [path for _method, path, *_rest in server.requests]


def test_check_times_out_on_endless_response(server: ThreadingHTTPServer) -> None:
    checker = LinkChecker(is_allowed_ip=lambda _ip: True, pause=0, timeout=0.5)
    begun = monotonic()
    assert checker.check(server.url + "/drip") == Result.NO_RESPONSE
    assert monotonic() - begun < 30


def test_check_times_out_on_many_slow_redirects(server: ThreadingHTTPServer) -> None:
    checker = LinkChecker(is_allowed_ip=lambda _ip: True, pause=0, timeout=0.4)
    assert checker.check(server.url + "/slow/5") == Result.NO_RESPONSE
    assert len(server.requests) < 1 + 2 * 6  # robots.txt, and each redirect by HEAD and by GET


@pytest.mark.parametrize(
    "url", ["http://nowhere.invalid/", "http://127.0.0.1:1/", "http:///", "http://[::1/", "x"]
)
def test_check_of_unreachable_or_invalid_url_finds_no_response(
    checker: LinkChecker, url: str
) -> None:
    assert checker.check(url) == Result.NO_RESPONSE


def test_check_falls_back_to_get_if_head_fails(
    server: ThreadingHTTPServer, checker: LinkChecker
) -> None:
    checker.check(server.url + "/hangs-up-on-head")
    assert [method for method, *_rest in server.requests] == ["GET", "HEAD", "GET"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"])
def test_check_rejects_loopback_hosts(server: ThreadingHTTPServer, host: str) -> None:
    assert LinkChecker(pause=0).check(f"http://{host}:{server.server_port}/200") == Result.PRIVATE
    assert not server.requests


@pytest.mark.parametrize(
    "target", ["http://127.0.0.2/", "http://[::1]/", "http://169.254.169.254/latest/", "//10.0.0.1"]
)
def test_check_rejects_redirects_to_private_networks(
    server: ThreadingHTTPServer, checker: LinkChecker, target: str
) -> None:
    assert checker.check(f"{server.url}/to/{target}") == Result.PRIVATE


def test_check_connects_only_to_the_ip_addresses_it_has_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name may resolve to a private address the second time (DNS rebinding)."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    connected = []

    def resolve(host: str, port: int, **kwargs: object) -> list[tuple]:
        return [(AF_INET, SOCK_STREAM, 6, "", (ip, port)) for ip in next(answers)]

    def connect(to: tuple[str, int], timeout: float) -> None:
        connected.append(to)
        raise ConnectionRefusedError

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    monkeypatch.setattr("socket.create_connection", connect)
    assert LinkChecker(pause=0).check("http://rebinding.example/") == Result.PRIVATE
    assert connected == [("93.184.216.34", 80)]


def test_check_times_out_on_slow_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver_is_done = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_kwargs: resolver_is_done.wait(5))
    begun = monotonic()
    found = LinkChecker(pause=0, timeout=0.1).check("http://slow.example/")
    assert found == Result.NO_RESPONSE
    assert monotonic() - begun < 2
    resolver_is_done.set()


def test_check_rejects_name_with_one_private_ip_address(monkeypatch: pytest.MonkeyPatch) -> None:
    ips = ["93.184.216.34", "10.0.0.1"]
    monkeypatch.setattr(
        "socket.getaddrinfo",
        lambda host, port, **_kwargs: [(AF_INET, SOCK_STREAM, 6, "", (ip, port)) for ip in ips],
    )
    assert LinkChecker(pause=0).check("http://mixed.example/") == Result.PRIVATE
