"""A login ends after twelve hours, whatever is written to its session."""

import time
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from staff.models import User
from tests.staff.passkeys import Passkey
from tests.staff.sessions import KEY, PASSWORD, add_app, code, log_in, submit_login
from tests.staff.test_requests_under_way import NEW_PASSWORD, PROFILE

pytestmark = pytest.mark.django_db

TWELVE_HOURS = 12 * 60 * 60
JSON = {"accept": "application/json"}
LEFT = 600  # seconds until the login ends


@pytest.fixture(autouse=True)
def _pages(home: object, commits: None) -> None:
    """Create the home page, which the CMS needs, and run on-commit callbacks at once."""


@pytest.fixture
def rosa() -> User:
    return User.objects.create_superuser("rosa", password=PASSWORD, email="rosa@example.org")


def move_login(client: Client, seconds: float) -> None:
    session = client.session
    session["staff_logged_in_at"] = time.time() - seconds
    session.save()


def seconds_left(client: Client) -> float:
    """The seconds until the session ends. Its cookie must not last longer than twelve hours."""
    (row,) = Session.objects.filter(pk=client.cookies["sessionid"].value)
    assert int(client.cookies["sessionid"]["max-age"] or 0) <= TWELVE_HOURS
    return (row.expire_date - timezone.now()).total_seconds()


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/account/login/passkey/", None),
        ("/account/second-step/passkey/add/", None),
        ("/account/second-step/app/add/", {"code": "now"}),
        ("/account/confirm/", {"password": PASSWORD}),
        ("/admin/account/password/", NEW_PASSWORD),
        ("/admin/account/email/", {"email": "new@example.org"}),
        ("/admin/account/", PROFILE),
    ],
)
def test_use_of_session_does_not_extend_login(
    path: str, form: dict[str, str] | None, rosa: User
) -> None:
    client = log_in(rosa, "password", seconds_ago=400 if "confirm" in path else 0)
    session = client.session
    session["mfa.totp.secret"] = KEY
    session.save()
    move_login(client, TWELVE_HOURS - LEFT)
    if form and "code" in form:
        form = {"code": code()}
    response = client.get(path, headers=JSON) if form is None else client.post(path, form)
    assert response.status_code == (200 if form is None else 302)
    cookie = response.cookies["sessionid"]  # the session was saved
    assert LEFT - 10 < int(cookie["max-age"]) <= LEFT
    assert LEFT - 10 < seconds_left(client) <= LEFT
    assert client.get("/admin/").status_code == 200
    move_login(client, TWELVE_HOURS + 1)
    assert client.get("/admin/").headers["Location"].startswith("/account/login/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("way", ["password", "password and code", "passkey"])
def test_each_way_to_log_in_lasts_twelve_hours(way: str, rosa: User) -> None:
    client = Client()
    if way == "passkey":
        Passkey(rosa).log_in(client)
    elif way == "password and code":
        add_app(rosa)
        submit_login("rosa", PASSWORD, client)
        client.post("/account/login/second-step/", {"code": code()})
    else:
        submit_login("rosa", PASSWORD, client)
    assert "_auth_user_id" in client.session
    assert TWELVE_HOURS - 10 < seconds_left(client) <= TWELVE_HOURS
    move_login(client, TWELVE_HOURS - LEFT)
    client.get("/account/login/passkey/", headers=JSON)
    assert LEFT - 10 < seconds_left(client) <= LEFT


def test_ended_login_is_deleted(rosa: User) -> None:
    client = log_in(rosa, "password")
    move_login(client, TWELVE_HOURS + 1)
    call_command("clearsessions")
    assert not Session.objects.exists()


def test_session_without_login_keeps_its_own_length(client: Client) -> None:
    client.get("/account/login/passkey/", headers=JSON)
    left: Any = seconds_left(client)
    assert 14 * 60 < left <= 15 * 60
