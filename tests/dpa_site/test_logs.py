"""Logs contain no data of visitors."""

import json
import logging
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory

from dpa_site.observability.request_log import RequestLogMiddleware

SECRETS = (
    "SecretWord",
    "SecretPhone",
    "SECRETMETHOD",
    "secret-site",
    "evil.example",
    "127.0.0.2",
    "203.0.113.9",
)
VISITOR_IP = "127.0.0.2" if sys.platform == "linux" else "127.0.0.1"  # macOS has only 127.0.0.1


@pytest.fixture
def server(tmp_path: object) -> Iterator[tuple[int, subprocess.Popen]]:
    """gunicorn with production settings and no database, so that errors are logged."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "SIGNATURE_KEY": "zyxwvutsrqponmlkjihgfedcba9876543210zyxwvutsrqponmlkji",
        "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijkl",
        "DATABASE_URL": "postgres://nobody@localhost:9/none",
        "ALLOWED_HOSTS": "localhost",
        "SITE_URL": "http://localhost:8000",
        "WEB_CONCURRENCY": "1",
        "DJANGO_SETTINGS_MODULE": "dpa_site.settings.production",
    }
    command = [f"{sys.prefix}/bin/gunicorn", "dpa_site.wsgi", f"--bind=127.0.0.1:{port}"]
    run = subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    end = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/-/live")
            break
        except OSError:
            assert run.poll() is None, f"gunicorn did not start: {run.communicate()[0]}"
            assert time.monotonic() < end, "gunicorn did not respond within a minute"
            time.sleep(0.1)
    yield port, run
    run.kill()
    run.wait()


def test_logs_contain_no_visitor_data(server: tuple[int, subprocess.Popen]) -> None:
    port, run = server
    headers = {"User-Agent": "SecretPhone/1", "Referer": "https://secret-site.example/"}
    request_id = "0123456789abcdef0123456789abcdef"
    for host, path, given in (
        ("localhost", "/missing/?q=SecretWord", {"X-Request-ID": "SecretPhone-of-a-reader"}),
        ("localhost", "/search/?q=SecretWord", {"X-Request-ID": request_id}),
        ("localhost", "/-/draft/SecretWord/", {}),
        ("localhost", "/take-part/delete/SecretWord/", {}),
        ("evil.example", "/?q=SecretWord", {}),
    ):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}",
            headers=headers | {"Host": host, "X-Forwarded-For": "203.0.113.9", **given},
        )
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(request)  # noqa: S310
    for line in (
        b"GET http://[bad/?q=SecretWord HTTP/1.1",
        b"SecretWord",
        b"GET /?SecretWord HTTP/9",
        b"SECRETMETHOD / HTTP/1.1\r\nHost: localhost",
    ):
        with socket.create_connection(("127.0.0.1", port), source_address=(VISITOR_IP, 0)) as raw:
            raw.sendall(line + b"\r\n\r\n")
            raw.recv(1000)
    run.terminate()
    printed = run.communicate(timeout=60)[0]
    lines = [json.loads(line) for line in printed.splitlines()]
    answered = [line for line in lines if line["message"] == "request"]
    assert ("GET", "search", 500) in {(a["method"], a["route"], a["status"]) for a in answered}
    assert "other" in {line["method"] for line in answered}
    assert {line["route"] for line in answered if line["request"] == request_id} == {"search"}
    assert all(line["ms"] > 0 and len(line["request"]) == 32 for line in answered)
    assert any(line["message"].endswith("/-/draft/…/") for line in lines)
    assert any(line["message"] == "A request could not be served" for line in lines)
    after_start = printed.partition("Booting worker")[2]
    assert '"route": "search"' in after_start, printed
    for secret in SECRETS:
        assert secret not in after_start, printed


def test_request_log_of_unresolved_url_contains_no_path(caplog: pytest.LogCaptureFixture) -> None:
    """As when a middleware redirects to HTTPS or rejects the host, before the URL is resolved."""
    middleware = RequestLogMiddleware(lambda _request: HttpResponse(status=301))
    with caplog.at_level(logging.INFO, "dpa_site.requests"):
        middleware(RequestFactory().get("/SecretWord/?q=SecretWord"))
    (record,) = caplog.records
    assert record.__dict__["fields"]["route"] == "none"
    assert "SecretWord" not in str(record.__dict__)
