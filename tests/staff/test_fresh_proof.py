"""Pages that change how a user logs in need a fresh proof of each step of the login."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.http import HttpResponse
from django.test import Client

from actions.rate_limit import buckets
from staff.models import User
from tests.staff.passkeys import Passkey
from tests.staff.sessions import KINDS, PASSWORD, add_app, age_proofs, code, log_in

pytestmark = pytest.mark.django_db

LIMIT = 5 * 60  # seconds
NEW_PASSWORD = {"new_password1": "stolen by somebody", "new_password2": "stolen by somebody"}
# By path: the kinds of accounts that can open the page, and its form data (None: no form).
PAGES: dict[str, tuple[set[str], dict[str, str] | None]] = {
    "/account/second-step/app/add/": ({"password", "passkey", "recovery codes"}, {"code": "1"}),
    "/account/second-step/app/remove/": ({"app", "app and passkey"}, {}),
    "/account/second-step/passkey/add/": ({*KINDS} - {"reset"}, {"credential": "{}"}),
    "/account/second-step/passkey/{passkey}/remove/": ({"passkey", "app and passkey"}, {}),
    "/account/second-step/recovery-codes/": (
        {"app", "passkey", "app and passkey", "recovery codes"},
        None,
    ),
    "/account/second-step/recovery-codes/new/": (
        {"app", "passkey", "app and passkey", "recovery codes"},
        {},
    ),
    "/admin/first-password/": ({"reset"}, NEW_PASSWORD),
    "/admin/account/password/": ({*KINDS} - {"reset"}, NEW_PASSWORD),
    "/admin/account/email/": ({*KINDS} - {"reset"}, {"email": "thief@example.org"}),
    "/admin/users/edit/{own}/": ({*KINDS} - {"reset"}, {"email": "thief@example.org"}),
    "/admin/users/edit/{colleague}/": ({*KINDS} - {"reset"}, {"email": "thief@example.org"}),
    "/admin/users/{colleague}/reset-log-in/": ({*KINDS} - {"reset"}, {}),
    "/admin/users/delete/{colleague}/": ({*KINDS} - {"reset"}, {}),
    "/admin/users/new/": ({*KINDS} - {"reset"}, {"username": "thief"}),
    "/admin/groups/new/": ({*KINDS} - {"reset"}, {"name": "thieves"}),
    "/admin/groups/edit/{group}/": ({*KINDS} - {"reset"}, {"name": "thieves"}),
    "/admin/groups/delete/{group}/": ({*KINDS} - {"reset"}, {}),
}


@pytest.fixture(autouse=True)
def _two_steps(settings: Any, home: object) -> None:
    settings.TWO_STEP_LOGIN = True


@pytest.fixture
def colleague() -> User:
    return User.objects.create_superuser("lee", password=PASSWORD)


def account(kind: str) -> User:
    user = User.objects.create_superuser("rosa", password=PASSWORD, email="rosa@example.org")
    for add in KINDS[kind]:
        add(user)
    return User.objects.get(pk=user.pk)


def pages_of(kind: str, user: User, colleague: User) -> dict[str, dict[str, str] | None]:
    passkey = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).first()
    pks = {"passkey": passkey and passkey.pk, "own": user.pk, "colleague": colleague.pk}
    pks["group"] = Group.objects.get(name="Writers").pk
    return {path.format(**pks): data for path, (kinds, data) in PAGES.items() if kind in kinds}


def is_asked(response: HttpResponse) -> bool:
    if response.status_code == 403:  # a form was sent
        return 'href="/account/confirm/' in response.content.decode()
    return response.headers.get("Location", "").startswith("/account/confirm/")


def state() -> list[Any]:
    """The rows that the pages can change."""
    users = User.objects.order_by("pk").values_list("pk", "password", "email", "is_active")
    devices = Authenticator.objects.order_by("pk").values_list("pk", "data__seed")
    return [*users, *devices, *Group.objects.order_by("pk").values_list("pk", "name")]


@pytest.mark.parametrize("kind", KINDS)
def test_pages_open_with_fresh_proof_only(kind: str, colleague: User, settings: Any) -> None:
    settings.TWO_STEP_LOGIN = False  # otherwise some accounts must set up a second step first
    user = account(kind)
    has_second_step = Authenticator.objects.filter(user=user).exists()
    enough = ("password", "mfa") if has_second_step else ("password",)
    sessions = {
        "just logged in": (log_in(user, *enough), False),
        "in time": (log_in(user, *enough, seconds_ago=LIMIT - 90), False),
        "too late": (log_in(user, *enough, seconds_ago=LIMIT + 1), True),
        "after half an hour": (log_in(user, *enough, seconds_ago=30 * 60 + 1), True),
        "without a proof": (log_in(user), True),
    }
    if has_second_step:
        sessions["password only"] = log_in(user, "password"), True
        sessions["second step only"] = log_in(user, "mfa"), True
    before = state()
    for path, data in pages_of(kind, user, colleague).items():
        for session, (client, asks) in sessions.items():
            response = client.get(path)
            assert is_asked(response) is asks, (path, session)
            assert response.status_code == (302 if asks else 200), (path, session)
            if asks and data is not None:
                assert is_asked(client.post(path, data)), (path, session)
    assert state() == before


@pytest.mark.parametrize("kind", KINDS)
def test_proofs_lead_to_page_that_asked(kind: str, colleague: User, settings: Any) -> None:
    settings.TWO_STEP_LOGIN = False
    user = account(kind)
    second = Authenticator.objects.filter(user=user)
    client = log_in(user, "password", *(["mfa"] if second else []))
    for path in pages_of(kind, user, colleague):
        caches["log_in"].clear()  # resets the limit of attempts
        buckets.clear()
        age_proofs(client, 30 * 60 + 1)
        asked = client.get(path).headers["Location"]
        assert client.get(asked).status_code == 200
        assert client.post(asked, {"password": "wrong"}).status_code == 200
        assert is_asked(client.get(path))
        passed = client.post(asked, {"password": PASSWORD})
        assert passed.headers["Location"] == path
        if second:
            asked = client.get(path).headers["Location"]
            shown = client.get(asked)
            assert shown.status_code == 200
            is_passkey = asked.startswith("/account/confirm/passkey/")
            assert is_passkey is ("passkey" in kind)
            for way in shown.context["reauthentication_alternatives"]:
                asked = way["url"]
            proved = client.post(asked, {"code": recovery_code(user)})
            assert proved.headers["Location"] == path
        assert client.get(path).status_code == 200, path
        assert client.get(asked).headers["Location"] == path  # after the back button of the browser


@pytest.mark.parametrize("page", ["", "code/", "passkey/"])
@pytest.mark.parametrize("target", ["x", "-1", "wagtailadmin_home", "a:b", "http://[", "//x.org"])
def test_odd_target_of_a_confirmation_is_no_server_error(page: str, target: str) -> None:
    client = log_in(account("app and passkey"), "password", "mfa")
    for response in (
        client.get(f"/account/confirm/{page}", {"next": target}),
        client.post(f"/account/confirm/{page}", {"next": target}),
    ):
        assert response.status_code == 302
        assert not response.headers["Location"].startswith("//")


def recovery_code(user: User) -> str:
    """Make the first recovery code of the user valid again, and return it."""
    codes = Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES)
    codes.data["used_mask"] = 0
    codes.save()
    return codes.wrap().generate_codes()[0]


def test_passkey_and_code_of_app_are_second_steps(colleague: User) -> None:
    user = User.objects.create_superuser("rosa", password=PASSWORD)
    passkey = Passkey(user)
    add_app(user)
    client = Client()
    passkey.log_in(client)
    path = "/account/second-step/app/remove/"
    # A stolen passkey is not enough.
    asked = client.get(path).headers["Location"]
    assert asked.startswith("/account/confirm/?")
    client.post(asked, {"password": PASSWORD})
    assert client.get(path).status_code == 200
    age_proofs(client, LIMIT)
    client.post(asked, {"password": PASSWORD})
    asked = client.get(path).headers["Location"]
    refused = client.post(asked, {"credential": '{"id": 1}'})
    assert refused.headers["Location"] == asked
    assert "The code did not work" in client.get(asked).content.decode()
    assert passkey.confirm(client, asked).headers["Location"] == path
    assert client.get(path).status_code == 200
    age_proofs(client, LIMIT)
    client.post("/account/confirm/", {"password": PASSWORD})
    client.post("/account/confirm/code/", {"code": code()})
    assert client.get(path).status_code == 200


def test_account_without_password_proves_its_passkey() -> None:
    user = User.objects.create_superuser("rosa")
    passkey = Passkey(user)
    client = Client()
    passkey.log_in(client)
    path = f"/account/second-step/passkey/{passkey.authenticator.pk}/remove/"
    assert client.get(path).status_code == 200
    age_proofs(client, LIMIT)
    asked = client.get(path).headers["Location"]
    assert asked.startswith("/account/confirm/passkey/")
    assert passkey.confirm(client, asked).headers["Location"] == path
    assert client.get(path).status_code == 200


def test_bulk_actions_on_users_need_fresh_proof(colleague: User) -> None:
    user = account("app")
    path = f"/admin/bulk/staff/user/set_active_state/?id={colleague.pk}&next=/admin/users/"
    for seconds, is_changed in ((LIMIT + 1, False), (0, True)):
        client = log_in(user, "password", "mfa", seconds_ago=seconds)
        assert is_asked(client.post(path, {"mark_as_active": "False"})) is not is_changed
        assert User.objects.get(pk=colleague.pk).is_active is not is_changed


def test_sent_form_is_not_stored_while_proof_is_asked() -> None:
    client = log_in(account("password"), "password", seconds_ago=LIMIT + 1)
    headers = {"x-forwarded-for": "203.0.113.77", "user-agent": "SecretPhone/1"}
    path = "/account/second-step/app/add/"
    asked = client.post(path, {"code": "the code"}, headers=headers)
    assert "Nothing was saved yet" in asked.content.decode()
    assert "no-store" in asked.headers["Cache-Control"]
    stored = str([session.get_decoded() for session in Session.objects.all()])
    assert "account_authentication_methods" in stored
    assert not [word for word in (*headers.values(), "the code") if word in stored]


def test_key_of_app_stays_while_proof_is_asked() -> None:
    """Installing an app may take longer than a proof is valid."""
    client = log_in(account("password"), "password")
    path = "/account/second-step/app/add/"
    key = client.get(path).context["form"].secret
    age_proofs(client, LIMIT)
    client.post("/account/confirm/", {"password": PASSWORD})
    assert client.get(path).context["form"].secret == key


@pytest.mark.parametrize("credential", ["[" * 6000, "[]", '{"response": 1}', "{}", '{"id": "AA"}'])
@pytest.mark.parametrize(
    "path",
    [
        "/account/login/passkey/",
        "/account/login/second-step/",
        "/account/confirm/passkey/",
        "/account/second-step/passkey/add/",
    ],
)
def test_odd_credential_is_refused(path: str, credential: str) -> None:
    user = account("passkey")
    if path.startswith("/account/login/"):
        client = Client()
        client.post("/account/login/", {"login": "rosa", "password": PASSWORD})
    elif path.startswith("/account/confirm/"):
        client = log_in(user, "password")
    else:
        client = log_in(user, "password", "mfa")
    client.get(path, headers={"accept": "application/json"})
    assert client.post(path, {"credential": credential}).status_code in {200, 302}
    assert Authenticator.objects.count() == 2
    if path.startswith("/account/login/"):
        assert "_auth_user_id" not in client.session


def test_only_administrators_change_administrators(colleague: User) -> None:
    """Whoever can set the password of an administrator can log in as that administrator."""
    user = User.objects.create_user("rosa", password=PASSWORD)
    names = ("access_admin", "add_user", "change_user", "delete_user")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    add_app(user)
    client, pk = log_in(user, "password", "mfa"), colleague.pk
    form = {"username": "lee", "email": "thief@example.org", "first_name": "L", "last_name": "L"}
    other = User.objects.create_user("other", password=PASSWORD, email="other@example.org")
    client.post(f"/admin/users/edit/{other.pk}/", form | {"username": "other"})
    assert User.objects.get(pk=other.pk).email == "thief@example.org"
    before = state()
    for path, data in {
        f"/admin/users/edit/{pk}/": form,
        f"/admin/users/delete/{pk}/": {},
        f"/admin/users/{pk}/reset-log-in/": {},
        f"/admin/bulk/staff/user/set_active_state/?id={pk}&next=/admin/": {"mark_as_active": ""},
        f"/admin/bulk/staff/user/delete/?id={pk}&next=/admin/": {},
    }.items():
        client.post(path, data)
        assert state() == before, path


def test_strangers_do_not_lock_the_proof_of_the_owner(client: Client) -> None:
    """Failed logins of strangers must not keep the owner from removing a stolen device."""
    owner = log_in(account("password"), "password", seconds_ago=LIMIT + 1)
    for _attempt in range(6):
        client.post("/account/login/", {"login": "rosa", "password": "wrong"})
        buckets.clear()
    assert (
        b"could not sign you in"
        in client.post("/account/login/", {"login": "rosa", "password": PASSWORD}).content
    )
    page = "/account/second-step/app/add/"
    confirmed = owner.post("/account/confirm/", {"password": PASSWORD, "next": page})
    assert confirmed.headers["Location"] == page


def test_session_survives_removal_of_its_own_device(settings: Any) -> None:
    user = account("passkey")
    add_app(user)
    app = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    client = log_in(user, "password", "mfa")
    session = client.session
    session["staff_second_step"] = app.pk
    session.save()
    client.post("/account/second-step/app/remove/")
    assert not Authenticator.objects.filter(pk=app.pk).exists()
    assert client.get("/admin/").status_code == 200
