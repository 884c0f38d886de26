"""Wrong codes at login do not stop the owner from entering codes in a session."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import caches
from django.http import HttpResponse
from django.test import Client

from actions.rate_limit import buckets
from staff.models import User
from tests.staff.passkeys import Passkey
from tests.staff.sessions import KEY, PASSWORD, add_app, add_passkey, code, log_in, submit_login

pytestmark = pytest.mark.django_db

OLD = 301  # seconds; a proof of this age is not fresh
TOO_MANY = "Too many attempts"
SECOND_STEP = "/account/login/second-step/"


@pytest.fixture(autouse=True)
def _two_steps(settings: Any, home: object, commits: None) -> None:
    settings.TWO_STEP_LOGIN = True
    caches["log_in"].clear()


@pytest.fixture
def rosa() -> User:
    user = User.objects.create_superuser("rosa", password=PASSWORD)
    add_app(user)
    return User.objects.get(pk=user.pk)


def enter_wrong_codes(client: Client, path: str) -> str:
    """Enter six wrong codes, and return the last page."""
    for _attempt in range(6):
        buckets.clear()
        response = client.post(path, {"code": "000000"})
    return response.content.decode()


def enter_wrong_second_steps() -> str:
    """Enter the right password, then wrong passkeys and codes. Return the last page."""
    thief, other = Client(), Passkey(User.objects.create_user("other", password=PASSWORD))
    submit_login("rosa", PASSWORD, thief)
    for _attempt in range(6):
        buckets.clear()
        thief.post(SECOND_STEP, {"credential": other.sign("YSBjaGFsbGVuZ2U")})
    return enter_wrong_codes(thief, SECOND_STEP)


def confirm(user: User) -> HttpResponse:
    owner = log_in(user, "password", "mfa", seconds_ago=OLD)
    path = "/account/second-step/app/remove/"
    owner.post("/account/confirm/", {"password": PASSWORD})
    return owner.post("/account/confirm/code/", {"code": code(), "next": path})


def add(user: User) -> HttpResponse:
    user.authenticator_set.all().delete()
    add_passkey(user)
    owner = log_in(user, "password", "mfa")
    session = owner.session
    session["mfa.totp.secret"] = KEY
    session.save()
    return owner.post("/account/second-step/app/add/", {"code": code()})


@pytest.mark.parametrize("use", [confirm, add])
def test_wrong_codes_at_login_lock_nothing_else(
    use: Callable[[User], HttpResponse], rosa: User
) -> None:
    assert TOO_MANY in enter_wrong_second_steps()
    response = use(rosa)
    assert response.status_code == 302, response.content.decode()


def test_wrong_codes_lock_second_step_in_all_unknown_browsers(rosa: User) -> None:
    enter_wrong_second_steps()
    other = Client()
    submit_login("rosa", PASSWORD, other)
    assert TOO_MANY in other.post(SECOND_STEP, {"code": code()}).content.decode()


def test_wrong_codes_at_login_do_not_lock_known_browser(rosa: User) -> None:
    owner = Client()
    submit_login("rosa", PASSWORD, owner)
    owner.post(SECOND_STEP, {"code": code()})
    owner.post("/admin/logout/")
    enter_wrong_second_steps()
    submit_login("rosa", PASSWORD, owner)
    page = owner.post(SECOND_STEP, {"code": "000000"}).content.decode()
    assert "The code did not work" in page
    assert TOO_MANY in enter_wrong_codes(owner, SECOND_STEP)


def test_code_is_not_asked_before_password(rosa: User) -> None:
    """A thief with the session but without the password uses up none of the owner's attempts."""
    stolen = log_in(rosa, "password", "mfa", seconds_ago=OLD)
    for path in ("/account/confirm/code/", "/account/confirm/code/?next=/admin/account/password/"):
        for response in (stolen.get(path), stolen.post(path, {"code": code()})):
            assert response.headers["Location"].startswith("/account/confirm/")
            assert "/code/" not in response.headers["Location"]
    enter_wrong_codes(stolen, "/account/confirm/code/")
    assert confirm(rosa).headers["Location"] == "/account/second-step/app/remove/"


def test_wrong_codes_of_fresh_proof_are_limited(rosa: User) -> None:
    owner = log_in(rosa, "password", "mfa", seconds_ago=OLD)
    owner.post("/account/confirm/", {"password": PASSWORD})
    assert TOO_MANY in enter_wrong_codes(owner, "/account/confirm/code/")
