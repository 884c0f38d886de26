"""Requests without a login store no session, because each session is a row in the database."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from mission.models import HomePage

CONVERTER = re.compile(r"<(?:\w+:)?\w+>")
REGEX_GROUP = re.compile(r"\((?:\?P<\w+>)?[^()]*\)")
# A passkey challenge must be stored until it is answered. These requests are rate-limited.
STORES_CHALLENGE = "account/login/passkey/"


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for each in resolver.url_patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            yield route
        else:
            yield from routes(each, route)


def paths() -> list[str]:
    found = {
        REGEX_GROUP.sub("1", CONVERTER.sub("1", route)).replace("^", "").replace("$", "")
        for route in routes(get_resolver())
    }
    return sorted(found - {STORES_CHALLENGE})


@pytest.mark.parametrize("method", ["get", "head", "options", "post", "put", "delete"])
def test_no_view_stores_a_session_for_a_stranger(home: HomePage, method: str) -> None:
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "a" * 32  # of a session that has ended
    for path in paths():
        getattr(client, method)(f"/{path}", headers={"accept": "text/html"})
    assert len(paths()) > 250
    assert not Session.objects.exists()


def test_forms_of_a_stranger_store_no_session(home: HomePage) -> None:
    client = Client(enforce_csrf_checks=True, headers={"origin": "http://testserver"})
    client.cookies["csrftoken"] = token = "a" * 32
    for count in range(40):  # messages that do not fit into a cookie would be stored in a session
        file = SimpleUploadedFile(f"{count}.txt", b"a")
        data = {"csrfmiddlewaretoken": token, "file": file}
        response = client.post("/admin/pages/add/x/y/1/", data)
        assert response.status_code == 302
    assert not Session.objects.exists()
    assert sum(len(each.OutputString()) for each in client.cookies.values()) < 1000
