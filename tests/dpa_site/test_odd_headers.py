"""No header causes a server error, on public pages, in the CMS or at login."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client, RequestFactory

from dpa_site.wsgi import application
from mission.models import HomePage

PATHS = ("/", "/admin/", "/admin/pages/", "/account/login/", "/-/may-upload/")
BOGUS = "x*=bogus''x"
LONG = "9" * 5000
ODD: dict[str, tuple[str, ...]] = {
    "CONTENT_TYPE": (
        *(f"text/plain; {BOGUS}", "text/plain; charset*=undefined''x", "text/plain; charset=\x00"),
        *("multipart/form-data", f"multipart/form-data; boundary={LONG}", "a/b; charset=hex"),
        *("multipart/form-data; boundary=\xe9", f"multipart/form-data; boundary=a; {BOGUS}"),
    ),
    "HTTP_ACCEPT": (
        *(f"text/html; {BOGUS}", f"*/*, text/html; q*0*=bogus''x; {BOGUS}", 'a/b; c="', ";", ","),
        *(f"text/html;q={LONG}", "text/html;q=NaN", "/", "\xe9/\xff", "a/b; idna*=''x"),
    ),
    "CONTENT_LENGTH": ("", "-1", "x", "5, 5", LONG, "\u0661"),
    "HTTP_ACCEPT_LANGUAGE": ("en;q=99", "es-" * 200, f"en;q={LONG}", "\xe9", "*", ","),
    "HTTP_COOKIE": ('sessionid="; ;;=; a', "sessionid=\xff", "messages=x", "csrftoken=\x00"),
    "HTTP_IF_MODIFIED_SINCE": (
        "Thu, 31 Feb 9999 25:61:61 GMT",
        "x",
        "Mon, 01 Jan 0000 00:00:00 GMT",
    ),
    "HTTP_IF_NONE_MATCH": ('W/"', "*", "\xe9", ","),
    "HTTP_RANGE": ("bytes=5-1", f"bytes={LONG}-", "x"),
    "HTTP_X_FORWARDED_FOR": ("[::", "fe80::1%eth0", "\xe9", LONG, ","),
    "HTTP_X_FORWARDED_PROTO": ("HTTPS,http", "\xe9"),
    "HTTP_HOST": ("[", "[::1", "localhost:99999", "a b", "\xe9", ""),
    "HTTP_ORIGIN": ("http://[", "//", "null", "\xe9"),
    "HTTP_REFERER": ("http://[", "\xe9", "x" * 5000),
    "HTTP_SEC_FETCH_SITE": ("\xe9", ""),
    "HTTP_X_ORIGINAL_URI": ("//[", "%ff", "\xe9"),
    "HTTP_X_REQUEST_ID": ("\xe9", "x" * 5000),
    "HTTP_AUTHORIZATION": ("Bearer \xe9", "Basic OjE="),
    "HTTP_X_CSRFTOKEN": ("\xe9", "x" * 64),
}


@pytest.fixture
def _connection(home: HomePage) -> Iterator[None]:
    """Keep the connection of the test's transaction open, as Django's test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def status(environ: dict) -> int:
    given: list[str] = []
    response = application(environ, lambda line, headers, *_: given.append(line))
    for _part in response:
        pass
    if hasattr(response, "close"):
        response.close()
    return int(given[0][:3])


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("is_staff", [False, True])
@pytest.mark.usefixtures("_connection")
def test_odd_header_is_no_server_error(name: str, is_staff: bool, admin_client: Client) -> None:
    cookie = {"HTTP_COOKIE": f"sessionid={admin_client.cookies['sessionid'].value}"}
    for value in ODD[name]:
        for path in PATHS:
            for method in ("GET", "POST"):
                environ = RequestFactory().generic(method, path, b"a=1").environ
                environ["wsgi.input"] = BytesIO(b"a=1")  # FakePayload fails if read to the end
                environ |= {"HTTP_SEC_FETCH_SITE": "same-origin", **(cookie if is_staff else {})}
                assert status(environ | {name: value}) < 500, (method, path, value)


@pytest.mark.parametrize("value", ODD["HTTP_ACCEPT"])
def test_accept_header_that_django_cannot_read_is_ignored(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = RequestFactory().get("/").environ
    monkeypatch.setattr("dpa_site.wsgi.page_cache", lambda environ, _: [WSGIRequest(environ)])
    (request,) = application(environ | {"HTTP_ACCEPT": value}, print)
    assert request.accepts("text/html") or "*" not in value


@pytest.mark.parametrize(
    ("port", "expected"),
    [("", 200), (":80", 200), (":65535", 200)]
    + [(port, 400) for port in (":0", ":65536", ":99999999", f":{LONG}", ":", ":\u0661", ":8 0")],
)
@pytest.mark.usefixtures("_connection")
def test_host_with_an_impossible_port_is_refused(port: str, expected: int) -> None:
    environ = RequestFactory().get("/").environ
    assert status(environ | {"HTTP_HOST": f"localhost{port}"}) == expected
