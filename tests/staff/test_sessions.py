"""Changes that end the sessions of an account on all pages, and changes that keep them."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.test import Client
from wagtail.models import PageViewRestriction

from issues.models import IssueIndexPage
from staff.models import User
from tests.staff.passkeys import Passkey
from tests.staff.sessions import KEY, PASSWORD, add_app, add_passkey, code, log_in, submit_login

pytestmark = pytest.mark.django_db

PATHS = (
    *("/admin/", "/admin/pages/", "/admin/account/", "/admin/account/password/"),
    *("/admin/users/", "/admin/first-password/"),
    *("/account/second-step/", "/account/second-step/app/add/", "/account/second-step/app/remove/"),
    *("/account/second-step/passkey/add/", "/account/second-step/recovery-codes/"),
    *("/account/second-step/recovery-codes/new/", "/account/confirm/", "/account/confirm/code/"),
    *("/account/confirm/passkey/", "/issues/"),
)


@pytest.fixture(autouse=True)
def _two_steps(settings: Any, issue_index: IssueIndexPage) -> None:
    """Require a second step, and a login for one public page."""
    settings.TWO_STEP_LOGIN = True
    PageViewRestriction.objects.create(page=issue_index, restriction_type="login")


@pytest.fixture
def rosa() -> User:
    return User.objects.create_superuser("rosa", password=PASSWORD, email="rosa@example.org")


@pytest.fixture
def lee() -> User:
    user = User.objects.create_superuser("lee", password=PASSWORD)
    add_app(user)
    return user


def is_logged_in(client: Client) -> bool:
    return client.get("/issues/").status_code == 200


def assert_ended(client: Client) -> None:
    """Assert that this session is over: with its cookie, each path redirects to the login page."""
    cookie = client.cookies["sessionid"].value
    for path in PATHS:
        copy = Client()
        copy.cookies["sessionid"] = cookie
        response = copy.get(path)
        assert response.headers["Location"].startswith("/account/login/?next="), path
        assert "_auth_user_id" not in copy.session


def remove_passkey(rosa: User, lee: User, passkey: Authenticator) -> None:
    owner = log_in(rosa, "password", "mfa")
    owner.post(f"/account/second-step/passkey/{passkey.pk}/remove/")
    assert not Authenticator.objects.filter(pk=passkey.pk).exists()


def remove_in_shell(rosa: User, lee: User, passkey: Authenticator) -> None:
    Authenticator.objects.filter(pk=passkey.pk).delete()


def reset(rosa: User, lee: User, passkey: Authenticator) -> None:
    log_in(lee, "password", "mfa").post(f"/admin/users/{rosa.pk}/reset-log-in/")
    assert User.objects.get(pk=rosa.pk).must_change_password


def reset_on_server(rosa: User, lee: User, passkey: Authenticator) -> None:
    call_command("reset_log_in", "rosa")


def change_password(rosa: User, lee: User, passkey: Authenticator) -> None:
    new = dict.fromkeys(("new_password1", "new_password2"), "another long password")
    owner = log_in(rosa, "password", "mfa")
    assert owner.post("/admin/account/password/", new).status_code == 302
    assert User.objects.get(pk=rosa.pk).check_password("another long password")
    assert is_logged_in(owner)


def disable(rosa: User, lee: User, passkey: Authenticator) -> None:
    """Disable and enable the account. An old session must not work again."""
    for is_active in ([], ["on"]):
        form = {"username": "rosa", "first_name": "Rosa", "last_name": "M", "is_superuser": "on"}
        form |= {"email": "rosa@example.org", "is_active": is_active}
        log_in(lee, "password", "mfa").post(f"/admin/users/edit/{rosa.pk}/", form)
        assert User.objects.get(pk=rosa.pk).is_active is bool(is_active)


def disable_in_bulk(rosa: User, lee: User, passkey: Authenticator) -> None:
    path = f"/admin/bulk/staff/user/set_active_state/?id={rosa.pk}&next=/admin/users/"
    for is_active in (False, True):
        log_in(lee, "password", "mfa").post(path, {"mark_as_active": str(is_active)})
        assert User.objects.get(pk=rosa.pk).is_active is is_active


def lock_out(rosa: User, lee: User, passkey: Authenticator) -> None:
    call_command("lock_out")
    User.objects.update(is_active=True)


@pytest.mark.parametrize(
    "end",
    [
        remove_passkey,
        remove_in_shell,
        reset,
        reset_on_server,
        change_password,
        disable,
        disable_in_bulk,
        lock_out,
    ],
)
def test_session_of_stolen_passkey_ends_everywhere(
    rosa: User, lee: User, end: Callable[[User, User, Authenticator], None]
) -> None:
    stolen = Passkey(rosa, "Stolen")
    add_app(rosa)
    thief = Client()
    stolen.log_in(thief)
    assert is_logged_in(thief)
    assert thief.get("/admin/").status_code == 200
    end(rosa, lee, stolen.authenticator)
    assert_ended(thief)
    if end in {remove_passkey, remove_in_shell, reset, reset_on_server}:
        again = Client()
        stolen.log_in(again)
        assert not is_logged_in(again)


def test_thief_with_stolen_passkey_cannot_add_another(rosa: User) -> None:
    stolen = Passkey(rosa)
    thief = Client()
    stolen.log_in(thief)
    for path in ("/account/second-step/passkey/add/", "/account/second-step/app/add/"):
        assert thief.get(path).headers["Location"].startswith("/account/confirm/?")
    assert (
        thief.post("/account/confirm/passkey/").headers["Location"].startswith("/account/confirm/")
    )


def test_session_that_removes_device_goes_on(rosa: User, lee: User) -> None:
    passkey = add_passkey(rosa)
    app = add_app(rosa)
    owner = log_in(rosa, "password", "mfa")  # the second step is the app
    owner.post(f"/account/second-step/passkey/{passkey.pk}/remove/")
    assert owner.get("/admin/").status_code == 200
    owner.post("/account/second-step/app/remove/")
    assert not Authenticator.objects.filter(pk__in=[passkey.pk, app.pk]).exists()
    assert owner.get("/admin/").headers["Location"] == "/account/second-step/"
    assert is_logged_in(log_in(lee, "password", "mfa"))


def test_first_second_step_ends_sessions_without_one(rosa: User, commits: None) -> None:
    thief, owner = Client(), Client()
    for client in (thief, owner):
        submit_login("rosa", PASSWORD, client)
    path = "/account/second-step/app/add/"
    owner.get(path)
    session = owner.session
    session["mfa.totp.secret"] = KEY
    session.save()
    owner.post(path, {"code": code()})
    assert owner.get("/account/second-step/recovery-codes/").status_code == 200
    assert owner.get("/admin/").status_code == 200
    assert_ended(thief)


def test_new_recovery_codes_end_other_sessions(rosa: User, commits: None) -> None:
    add_app(rosa)
    other, owner = log_in(rosa, "password", "mfa"), log_in(rosa, "password", "mfa")
    for _ in range(2):
        owner.post("/account/second-step/recovery-codes/new/")
        assert owner.get("/admin/").status_code == 200
    assert_ended(other)


def test_adding_a_second_device_keeps_other_sessions(rosa: User) -> None:
    add_app(rosa)
    other = log_in(rosa, "password", "mfa")
    add_passkey(rosa)
    assert is_logged_in(other)


def test_session_survives_new_secret_key(rosa: User, settings: Any) -> None:
    add_app(rosa)
    client = log_in(rosa, "password", "mfa")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key for tests, 0123456789 abcdefghijklmnopqrstu"
    assert is_logged_in(client)
    rosa.refresh_from_db()  # a second step changed the row
    set_new_password(rosa)
    assert_ended(client)


def set_new_password(rosa: User) -> None:
    rosa.set_password("another long password")
    rosa.save()


@pytest.mark.parametrize(
    ("change", "is_ended"),
    [
        (set_new_password, True),
        (User.reset_log_in, True),
        (lambda rosa: Authenticator.objects.filter(type="webauthn").delete(), True),
        (lambda rosa: None, False),
    ],
)
def test_login_that_waits_for_its_second_step_ends_too(
    change: Callable[[User], Any], is_ended: bool, rosa: User
) -> None:
    add_app(rosa)
    add_passkey(rosa)
    client = Client()
    submit_login("rosa", PASSWORD, client)
    change(User.objects.get())
    client.post("/account/login/second-step/", {"code": code()})
    assert is_logged_in(client) is not is_ended


def test_login_that_began_in_the_session_of_another_account_ends_too(rosa: User) -> None:
    add_app(rosa)
    other = User.objects.create_user("other", password=PASSWORD)
    client = Client()
    client.force_login(other)
    submit_login("rosa", PASSWORD, client)
    User.objects.filter(pk=other.pk).update(is_active=False)
    set_new_password(User.objects.get(pk=rosa.pk))
    response = client.post("/account/login/second-step/", {"code": code()})
    assert response.headers["Location"] == "/account/login/"
    assert client.session.get("_auth_user_id") != str(rosa.pk)
