"""Logs contain no data of visitors."""

import io
import json
import logging
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, connection, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from dpa_site.observability.logs import JsonFormatter
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
    command = [sys.executable, "-m", "dpa_site.web", f"--bind=127.0.0.1:{port}"]
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
            urllib.request.urlopen(request, timeout=60)  # noqa: S310
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
    logged = [line for line in lines if line["message"] == "request"]
    assert ("GET", "search", 500) in {
        (line["method"], line["route"], line["status"]) for line in logged
    }
    assert "other" in {line["method"] for line in logged}
    assert {line["route"] for line in logged if line["request"] == request_id} == {"search"}
    assert all(line["ms"] > 0 and len(line["request"]) == 32 for line in logged)
    errors = [line for line in lines if line["logger"] == "django.request"]
    assert {line["message"] for line in errors} == {"Internal Server Error"}
    assert "search" in {line["route"] for line in errors}
    assert any(line["message"] == "A request could not be served" for line in lines)
    after_start = printed.partition("Booting worker")[2]
    assert '"route": "search"' in after_start, printed
    for secret in SECRETS:
        assert secret not in after_start, printed


def test_request_log_of_unresolved_url_contains_no_path(caplog: pytest.LogCaptureFixture) -> None:
    """Middleware may redirect to HTTPS or reject the host before the URL is resolved."""
    middleware = RequestLogMiddleware(lambda _request: HttpResponse(status=301))
    with caplog.at_level(logging.INFO, "dpa_site.requests"):
        middleware(RequestFactory().get("/SecretWord/?q=SecretWord"))
    (record,) = caplog.records
    assert record.__dict__["fields"]["route"] == "none"
    assert "SecretWord" not in str(record.__dict__)


def forms(response: HttpResponse, path: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Each form of a page as (method, URL, data), with “SecretWord” in every text field."""
    for form in BeautifulSoup(response.content, "html.parser").find_all("form"):
        data = {
            field["name"]: (
                str(field.get("value", ""))
                if field.get("type") in ("hidden", "radio", "checkbox")
                else "SecretWord@example.org"
                if field.get("type") == "email"
                else "SecretWord"
            )
            for field in form.find_all(["input", "textarea"])
            if field.get("name") and field.get("type") not in ("submit", "file")
        }
        yield str(form.get("method", "get")).lower(), str(form.get("action") or path), data


FAILURES = {
    "any statement": lambda sql, params: True,
    "statements with the word": lambda sql, params: "SecretWord" in f"{sql} {params}",
    "statements that write": lambda sql, params: not sql.startswith("SELECT"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_log_contains_no_form_data_when_statements_fail(
    responses: dict[str, HttpResponse], every_page: object, client: Client, failure: str
) -> None:
    def fail(execute: Callable, sql: str, params: object, many: bool, context: object) -> object:
        if FAILURES[failure](sql, params):
            raise OperationalError(f"canceled: {sql} {params}")
        return execute(sql, params, many, context)

    asked = {
        (method, url): data
        for path, response in responses.items()
        for method, url, data in forms(response, path)
    }
    asked["post", reverse("account_login")] = {"login": "SecretWord", "password": "SecretWord"}
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    loggers = [logging.getLogger(name) for name in ("", "django", "django.request")]
    client.raise_request_exception = False
    for logger in loggers:
        logger.addHandler(handler)
    try:
        for (method, url), data in asked.items():
            cache.clear()
            with transaction.atomic():
                with connection.execute_wrapper(fail):
                    getattr(client, method)(url, data)
                transaction.set_rollback(True)
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
    assert len(asked) >= 4, asked
    assert "OperationalError" in written.getvalue()
    assert "SecretWord" not in written.getvalue()
    assert not re.search(r"canceled|INSERT|FROM", written.getvalue())


def test_error_line_has_class_and_code_location_of_all_causes() -> None:
    try:
        try:
            raise KeyError("SecretWord")
        except KeyError as error:
            raise ValueError("SecretWord") from error
    except ValueError:
        record = logging.LogRecord("x", 40, "", 0, "A %s", ("SecretWord",), sys.exc_info())
    line = json.loads(JsonFormatter().format(record))
    assert line["message"] == "A %s"
    parts = line["exception"].split("\n")
    assert [part for part in parts if not part.startswith(" ")] == [
        "builtins.ValueError",
        "builtins.KeyError",
    ]
    location = (
        rf"  {re.escape(__file__)}:\d+ in test_error_line_has_class_and_code_location_of_all_causes"
    )
    assert len([part for part in parts if re.fullmatch(location, part)]) == 2
