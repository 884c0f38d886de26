"""Staff can log in during a flood of guessed passwords.

The guesses arrive from many networks, or with the username of the person who logs in.
"""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from actions.rate_limit import buckets
from dpa_site.middleware.password_rate_limit import ACCOUNT_RATE
from staff.known_browsers import COOKIE
from staff.models import User
from tests.staff.passkeys import Passkey
from tests.staff.sessions import PASSWORD, add_app, code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]

LOGIN = "/account/login/"
PASSKEY = "/account/login/passkey/"
JSON = {"accept": "application/json"}
NETWORKS = [f"203.0.{number}.1" for number in range(60)]
NETWORKS += [f"2001:db8:{number:x}::1" for number in range(60)]


@pytest.fixture(autouse=True)
def _stop_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "clock", lambda: 1.0)


@pytest.fixture
def rosa() -> User:
    return User.objects.create_superuser("rosa", password=PASSWORD)


def guess(client: Client, name: str, password: str, network: str = "192.0.2.1") -> HttpResponse:
    form = {"login": name, "password": password}
    return client.post(LOGIN, form, headers={"x-forwarded-for": network})


def flood_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(User, "set_password", lambda *args: None)  # hashing takes long
    statuses = [guess(Client(), "nobody", "wrong", network).status_code for network in NETWORKS]
    assert statuses.count(429) > len(NETWORKS) / 2
    monkeypatch.undo()
    monkeypatch.setattr(buckets, "clock", lambda: 1.0)


def logged_in_before(user: User) -> Client:
    client = Client()
    guess(client, user.username, PASSWORD)
    buckets.clear()
    client.cookies.pop("sessionid")
    return client


def is_logged_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_known_browser_logs_in_during_flood_from_many_networks(
    rosa: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = logged_in_before(rosa)
    flood_passwords(monkeypatch)
    assert guess(Client(), "rosa", PASSWORD).status_code == 429
    # The known browser may log in even from a network of the flood.
    assert guess(client, "rosa", PASSWORD, NETWORKS[0]).status_code == 302
    assert is_logged_in(client)


def test_known_browser_has_a_limit_too(rosa: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client, other = logged_in_before(rosa), logged_in_before(rosa)
    flood_passwords(monkeypatch)
    browsers = [client, other] * ACCOUNT_RATE.burst
    statuses = [guess(browser, "nobody", "wrong").status_code for browser in browsers]
    assert statuses == [200] * ACCOUNT_RATE.burst + [429] * ACCOUNT_RATE.burst
    with CaptureQueriesContext(connection) as captured:
        assert guess(client, "rosa", PASSWORD).status_code == 429
    assert not captured.captured_queries


def test_former_login_does_not_lock_other_browsers(rosa: User) -> None:
    """A thief who logged in once has a known browser."""
    thief, owner = logged_in_before(rosa), logged_in_before(rosa)
    for browser in (thief, Client()):
        for _ in range(6):
            buckets.clear()
            guess(browser, "rosa", "wrong")
        guess(browser, "rosa", PASSWORD)
        assert not is_logged_in(browser)
    guess(owner, "rosa", PASSWORD)
    assert is_logged_in(owner)


@pytest.mark.parametrize("value", ["", "1", "1:x:y", "rosa"])
def test_forged_cookie_of_known_browser_is_ignored(
    rosa: User, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    flood_passwords(monkeypatch)
    client = Client()
    client.cookies[COOKIE] = value
    assert guess(client, "rosa", PASSWORD).status_code == 429


def test_strangers_do_not_lock_owner_out_of_known_browser(rosa: User) -> None:
    client = logged_in_before(rosa)
    other = User.objects.create_superuser("lee", password=PASSWORD)
    colleague = logged_in_before(other)
    browser_id = client.cookies[COOKIE].value.rpartition(":")[0].rpartition(":")[0]
    for name in ("rosa", f"rosa IN BROWSER {browser_id}", f"rosa in browser {browser_id}"):
        for _ in range(6):
            buckets.clear()
            guess(Client(), name, "wrong")
    for browser in (Client(), colleague):
        guess(browser, "rosa", PASSWORD)
        assert not is_logged_in(browser)
    guess(client, "Rosa", PASSWORD)
    assert is_logged_in(client)


def test_known_browser_is_locked_after_five_failures(rosa: User) -> None:
    client = logged_in_before(rosa)
    for _ in range(5):
        guess(client, "rosa", "wrong")
    guess(client, "rosa", PASSWORD)
    assert not is_logged_in(client)


def test_browser_is_known_after_second_step_only(rosa: User) -> None:
    add_app(rosa)
    client = Client()
    guess(client, "rosa", PASSWORD)
    assert COOKIE not in client.cookies
    response = client.post("/account/login/second-step/", {"code": code()})
    cookie = response.cookies[COOKIE]
    assert cookie["path"] == LOGIN
    assert cookie["httponly"]
    assert "rosa" not in cookie.value
    # The session does not contain the cookie.
    assert COOKIE not in str([session.get_decoded() for session in Session.objects.all()])


def test_passkey_logs_in_during_flood(rosa: User, monkeypatch: pytest.MonkeyPatch) -> None:
    passkey = Passkey(rosa)
    flood_passwords(monkeypatch)
    for network in NETWORKS * 4:
        Client().get(PASSKEY, headers=JSON | {"x-forwarded-for": network})
        Client().post(PASSKEY, {"credential": "{}"}, headers={"x-forwarded-for": network})
    client = Client()
    passkey.log_in(client)
    assert is_logged_in(client)
    statuses = {Client().get(PASSKEY, headers=JSON).status_code for _ in range(20)}
    assert statuses == {200, 429}  # all were from one sender, which has a limit


def test_session_of_unused_passkey_challenge_ends_soon(rosa: User) -> None:
    passkey, client = Passkey(rosa), Client()
    client.get(PASSKEY, headers=JSON)
    assert client.session.get_expiry_age() == 15 * 60
    assert Session.objects.get().expire_date < timezone.now() + timedelta(minutes=16)
    passkey.log_in(client)
    assert client.session.get_expiry_age() == 12 * 60 * 60


def test_edge_names_sender_of_passkey_requests() -> None:
    """Without this line, all passkey requests would count as sent by nginx and share one limit."""
    text = (settings.BASE_DIR / "deploy/nginx.conf").read_text("utf-8")
    assert f'"GET {reverse("mfa_login_webauthn")}" $remote_addr;' in text
