"""A request undoes no change that another request makes to the account meanwhile."""

import re
from collections.abc import Callable
from contextvars import Context
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.contrib.auth.tokens import default_token_generator
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from staff.middleware import TwoFactorMiddleware
from staff.models import AccountChanged, User
from tests.staff.passkeys import Passkey
from tests.staff.sessions import KEY, PASSWORD, add_passkey, add_recovery_codes, code, log_in

pytestmark = pytest.mark.django_db

NEW_PASSWORD = dict.fromkeys(("new_password1", "new_password2"), "another long password")
USER_FORM = {"username": "rosa", "first_name": "New", "last_name": "Name"}
USER_FORM |= {"email": "new@example.org", "is_active": "on", "is_superuser": "on"}
USER_FORM |= dict.fromkeys(("password1", "password2"), "another long password")
PROFILE = {
    "name_email-first_name": "New",
    "name_email-last_name": "Name",
    "locale-preferred_language": "en",
    "locale-current_time_zone": "America/New_York",
    "theme-theme": "dark",
    "theme-density": "default",
    "theme-contrast": "system",
}


@pytest.fixture(autouse=True)
def _two_steps(settings: Any, home: object, commits: None) -> None:
    settings.TWO_STEP_LOGIN = True


@pytest.fixture
def rosa() -> User:
    user = User.objects.create_superuser("rosa", password=PASSWORD, email="rosa@example.org")
    add_recovery_codes(user)
    add_passkey(user)
    return User.objects.get(pk=user.pk)


@pytest.fixture
def lee() -> User:
    user = User.objects.create_superuser("lee", password=PASSWORD)
    add_passkey(user)
    return User.objects.get(pk=user.pk)


def disable(rosa: User, lee: User) -> None:
    row = User.objects.get(pk=rosa.pk)
    row.is_active = False
    row.save()


def in_bulk(action: str) -> Callable[[User, User], None]:
    def change(rosa: User, lee: User) -> None:
        path = f"/admin/bulk/staff/user/{action}/?id={rosa.pk}&next=/admin/users/"
        form = {"mark_as_active": "False"}
        assert log_in(lee, "password", "mfa").post(path, form).status_code == 302

    return change


def change_password(rosa: User, lee: User) -> None:
    row = User.objects.get(pk=rosa.pk)
    row.set_password("the password of the owner")
    row.save()


CHANGES: dict[str, Callable[[User, User], object]] = {
    "disable": disable,
    "disable in bulk": in_bulk("set_active_state"),
    "delete": lambda rosa, lee: User.objects.get(pk=rosa.pk).delete(),
    "delete in bulk": in_bulk("delete"),
    "reset": lambda rosa, lee: User.objects.get(pk=rosa.pk).reset_log_in(),
    "lock out": lambda rosa, lee: call_command("lock_out", stdout=StringIO()),
    "change password": change_password,
    "remove device": lambda rosa, lee: Authenticator.objects.filter(user=rosa).delete(),
}
REQUESTS: dict[str, dict[str, str]] = {
    "/admin/account/password/": NEW_PASSWORD,
    "/admin/account/email/": {"email": "new@example.org"},
    "/admin/account/": PROFILE,
    "/admin/users/edit/{pk}/": USER_FORM,
    "/admin/users/new/": USER_FORM | {"username": "new"},
    "/admin/users/edit/{colleague}/": USER_FORM | {"username": "colleague"},
    "/admin/users/delete/{colleague}/": {},
    "/admin/users/{colleague}/reset-log-in/": {},
    "/admin/bulk/staff/user/delete/?id={colleague}&next=/admin/users/": {},
    "/admin/bulk/staff/user/set_active_state/?id={colleague}&next=/admin/": {
        "mark_as_active": "False"
    },
    "/admin/groups/new/": {"name": "New"},
    "/admin/groups/edit/{group}/": {"name": "New"},
    "/admin/groups/delete/{group}/": {},
    "/account/second-step/app/add/": {"code": "now"},
    "/account/second-step/passkey/add/": {"name": "Phone", "credential": "{}"},
    "/account/second-step/passkey/{passkey}/remove/": {},
    "/account/second-step/recovery-codes/new/": {},
}


def rows() -> list[Any]:
    """All accounts, with their devices, and all groups."""
    querysets = User.objects.all(), Authenticator.objects.all(), Group.objects.all()
    return [[*queryset.order_by("pk").values()] for queryset in querysets]


def sent_form(user: User, path: str, values: dict[str, str]) -> dict[str, str]:
    """Return `values`. For the form of a group, add the form counts that browsers send with it."""
    if "/groups/" not in path:
        return values
    page = log_in(user, "password", "mfa").get(path).content.decode()
    counts = re.findall(r'name="([\w-]+_FORMS)" value="(\d+)"', page)
    return values | dict(counts)


def change_during_next_request(monkeypatch: pytest.MonkeyPatch, change: Callable) -> list[Any]:
    """Call `change` after the next request has read its user and before its view runs.

    The result of `change` is added to the returned list.
    """
    process_view, results = TwoFactorMiddleware.process_view, list[Any]()

    def process_view_and_change(
        self: TwoFactorMiddleware, request: HttpRequest, *args: Any
    ) -> HttpResponse | None:
        response = process_view(self, request, *args)
        monkeypatch.setattr(TwoFactorMiddleware, "process_view", process_view)
        if not results:
            results.append(Context().run(change))  # as in another thread
        return response

    monkeypatch.setattr(TwoFactorMiddleware, "process_view", process_view_and_change)
    return results


def url_and_form(path: str, rosa: User) -> tuple[str, dict[str, str]]:
    colleague = User.objects.create_user("colleague", password=PASSWORD)
    passkey = Authenticator.objects.get(user=rosa, type=Authenticator.Type.WEBAUTHN)
    group = Group.objects.create(name="Press")
    pks = {"pk": rosa.pk, "colleague": colleague.pk, "group": group.pk, "passkey": passkey.pk}
    url = path.format(**pks)
    form = REQUESTS[path] | ({"code": code()} if "code" in REQUESTS[path] else {})
    return url, sent_form(rosa, url, form)


@pytest.mark.parametrize("path", [path for path in REQUESTS if path.startswith("/admin/")])
def test_request_changes_accounts(path: str, rosa: User) -> None:
    """The forms that the next test sends are valid."""
    client = log_in(rosa, "password", "mfa")
    url, form = url_and_form(path, rosa)
    before = rows()
    client.post(url, form)
    assert rows() != before


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("path", REQUESTS)
def test_request_of_changed_account_saves_nothing(
    path: str, change: str, rosa: User, lee: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = log_in(rosa, "password", "mfa")
    session = client.session
    session["mfa.totp.secret"] = KEY
    session.save()
    cookie = client.cookies["sessionid"].value
    url, form = url_and_form(path, rosa)

    def change_and_read() -> list[Any]:
        CHANGES[change](rosa, lee)
        return rows()

    results = change_during_next_request(monkeypatch, change_and_read)
    response = client.post(url, form)
    assert [rows()] == results
    if path.startswith("/admin/"):
        shown = response.content.decode()  # the page holds the form (staff/resubmission.py)
        assert "Nothing was saved yet" in shown
    else:
        assert response.headers["Location"].startswith("/account/login/?next=")
        shown = client.get(response.headers["Location"]).content.decode()
    assert "changed meanwhile" in shown
    User.objects.update(is_active=True)  # old sessions do not work again
    for value in {cookie, client.cookies["sessionid"].value}:
        copy = Client()
        copy.cookies["sessionid"] = value
        assert copy.get("/admin/").headers["Location"].startswith("/account/login/?next=")


# Without “remove device”: an owner who forgot the password cannot log in to remove a device.
@pytest.mark.parametrize("change", sorted(CHANGES.keys() - {"remove device"}))
def test_reset_link_of_changed_account_saves_nothing(
    change: str, rosa: User, lee: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    uid = urlsafe_base64_encode(force_bytes(rosa.pk))
    token = default_token_generator.make_token(rosa)
    path = client.get(f"/admin/password_reset/confirm/{uid}/{token}/").headers["Location"]
    results: list[Any] = []
    set_password = User.set_password

    def change_and_set_password(user: User, raw_password: str | None) -> None:
        monkeypatch.setattr(User, "set_password", set_password)
        CHANGES[change](rosa, lee)
        results.append(rows())
        set_password(user, raw_password)

    monkeypatch.setattr(User, "set_password", change_and_set_password)
    response = client.post(path, NEW_PASSWORD)
    assert [rows()] == results
    assert response.headers["Location"] == path


def test_passkey_login_fails_if_account_is_deleted_meanwhile(
    rosa: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    passkey, client = Passkey(rosa, "Second"), Client()
    rosa.refresh_from_db()
    lock = User.lock

    def delete_and_lock(user: User) -> User:
        monkeypatch.setattr(User, "lock", lock)
        User.objects.filter(pk=user.pk).delete()
        return lock(user)

    monkeypatch.setattr(User, "lock", delete_and_lock)
    passkey.log_in(client)
    assert "changed meanwhile" in client.get("/account/login/").content.decode()
    assert "_auth_user_id" not in client.session


def test_form_of_colleague_that_changed_meanwhile_says_so(
    rosa: User, lee: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = log_in(lee, "password", "mfa")
    set_password = User.set_password

    def reset_and_set_password(user: User, raw_password: str | None) -> None:
        monkeypatch.setattr(User, "set_password", set_password)
        User.objects.get(pk=rosa.pk).reset_log_in()
        set_password(user, raw_password)

    monkeypatch.setattr(User, "set_password", reset_and_set_password)
    path = f"/admin/users/edit/{rosa.pk}/"
    response = client.post(path, USER_FORM)
    assert response.headers["Location"] == path
    assert "nothing was saved" in client.get(path).content.decode()
    assert User.objects.get(pk=rosa.pk).email == "rosa@example.org"


def test_old_object_overwrites_only_what_it_changed(rosa: User) -> None:
    old = User.objects.get(pk=rosa.pk)
    User.objects.filter(pk=rosa.pk).update(email="new@example.org", is_superuser=False)
    old.first_name = "Rosa"
    old.save()
    rosa.refresh_from_db()
    assert (rosa.first_name, rosa.email) == ("Rosa", "new@example.org")
    assert not rosa.is_superuser


@pytest.mark.parametrize("change", CHANGES)
def test_old_object_of_changed_account_is_not_saved(change: str, rosa: User, lee: User) -> None:
    old = User.objects.get(pk=rosa.pk)
    CHANGES[change](rosa, lee)
    before = rows()
    old.first_name = "Rosa"
    for fields in (None, ["first_name"], ["password"], ["last_login"], ["is_active"]):
        with pytest.raises(AccountChanged):
            old.save(update_fields=fields)
    assert rows() == before
