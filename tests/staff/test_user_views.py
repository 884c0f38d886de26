"""Pages that change users or groups need a fresh proof: a recent password and second step.

Only administrators can change the accounts of administrators.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.urls import URLResolver, get_resolver
from wagtail import hooks

from staff.models import User
from tests.staff.sessions import PASSWORD, add_app, log_in
from tests.staff.test_fresh_proof import LIMIT, is_asked

pytestmark = pytest.mark.django_db

MANAGED: dict[str, type[Model]] = {"wagtailusers_users": User, "wagtailusers_groups": Group}
# Views that change nothing.
LISTINGS = {"index", "index_results", "history", "history_results", "usage"}
VIEWS = {"add", "edit", "delete"}
# Views of our own that change an account, with their paths below /admin/.
OWN_VIEWS = {
    "staff_reset_log_in": "users/{pk}/reset-log-in/",
    "staff_password": "account/password/",
    "staff_email": "account/email/",
}


FORM = {"first_name": "A", "last_name": "B", "is_active": "on", "is_superuser": "on"}
FORM |= dict.fromkeys(("password1", "password2"), "another long password")
JSON = {"accept": "application/json"}


@pytest.fixture(autouse=True)
def _two_steps(settings: Any, home: object) -> None:
    settings.TWO_STEP_LOGIN = True


@pytest.fixture
def rosa() -> User:
    user = User.objects.create_superuser("rosa", password=PASSWORD, email="rosa@example.org")
    add_app(user)
    return user


@pytest.fixture
def lee() -> User:
    return User.objects.create_user("lee", password=PASSWORD, email="lee@example.org")


@pytest.fixture
def manager() -> User:
    """A user who may manage users and groups, but is no administrator."""
    user = User.objects.create_user("manager", password=PASSWORD, email="m@example.org")
    names = ["access_admin", *(f"{verb}_user" for verb in ("add", "change", "delete"))]
    names += [f"{verb}_group" for verb in ("add", "change", "delete")]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    add_app(user)
    return user


def view_names(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield namespace, name and route of each view."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from view_names(pattern, pattern.namespace or namespace)
        else:
            yield namespace, str(pattern.name), str(pattern.pattern)


def bulk_actions() -> Iterator[type[Any]]:
    for action in hooks.get_hooks("register_bulk_action"):
        if {User, Group} & {*action.models}:
            yield action


def paths(user: User) -> dict[str, tuple[str, bool]]:
    """The path of each view of users and groups, and whether it needs a fresh proof."""
    found: dict[str, tuple[str, bool]] = {}
    pks = {"wagtailusers_users": user.pk, "wagtailusers_groups": Group.objects.earliest("pk").pk}
    for namespace, name, route in view_names(get_resolver()):
        if namespace in MANAGED:
            folder = namespace.removeprefix("wagtailusers_")
            path = f"/admin/{folder}/{route.replace('<int:pk>', str(pks[namespace]))}"
            found[f"{namespace}:{name}"] = path, name not in LISTINGS
    for name, path in OWN_VIEWS.items():
        found[name] = f"/admin/{path.format(pk=user.pk)}", True
    for action in bulk_actions():
        path = f"/admin/bulk/staff/user/{action.action_type}/?id={user.pk}&next=/admin/users/"
        found[action.action_type] = path, True
    return found


def test_every_view_of_users_and_groups_but_listings_needs_fresh_proof(
    rosa: User, lee: User
) -> None:
    names = {*paths(lee)}
    assert {f"{space}:{name}" for space in MANAGED for name in LISTINGS | VIEWS} <= names
    assert {"assign_role", "delete", "set_active_state"} <= names
    fresh = log_in(rosa, "password", "mfa")
    old = log_in(rosa, "password", "mfa", seconds_ago=LIMIT + 1)
    for name, (path, is_proof_required) in paths(lee).items():
        assert fresh.get(path).status_code == 200, name
        assert is_asked(old.get(path)) is is_proof_required, name
        if is_proof_required:
            assert is_asked(old.post(path)), name
    assert User.objects.count() == 2


def test_users_cannot_be_copied(rosa: User, lee: User) -> None:
    """Wagtail's form for a copy would overwrite the account that it copies."""
    client = log_in(rosa, "password", "mfa")
    form = FORM | {"username": "thief", "email": "thief@example.org"}
    for response in (
        client.get(f"/admin/users/copy/{lee.pk}/"),
        client.post(f"/admin/users/copy/{lee.pk}/", form),
    ):
        assert response.status_code == 404
    assert "/admin/users/copy/" not in client.get("/admin/users/").content.decode()
    assert User.objects.get(pk=lee.pk).username == "lee"


def administrators() -> list[Any]:
    """The parts of administrators' accounts that only administrators may change."""
    rows = User.objects.filter(is_superuser=True).order_by("pk")
    fields = ("pk", "username", "email", "password", "is_active", "session_version")
    devices = Authenticator.objects.filter(user__in=rows).values_list("pk", "data")
    return [*rows.values_list(*fields), *rows.values_list("groups"), *devices]


@pytest.mark.parametrize("headers", [{}, JSON], ids=["page", "json"])
def test_only_administrators_change_who_is_administrator(
    rosa: User, lee: User, manager: User, headers: dict[str, str]
) -> None:
    client = log_in(manager, "password", "mfa")
    group = Group.objects.get(name="Editors").pk
    before = administrators()
    admin = {"username": "rosa", "email": "thief@example.org"}
    sent: list[tuple[str, dict[str, Any]]] = [
        ("/admin/users/new/", FORM | {"username": "new", "email": "new@example.org"}),
        (f"/admin/users/edit/{lee.pk}/", FORM | {"username": "lee", "email": "lee@example.org"}),
        (f"/admin/users/edit/{manager.pk}/", FORM | {"username": "manager", "email": "m@a.org"}),
        (f"/admin/users/edit/{rosa.pk}/", FORM | admin),
        (f"/admin/users/edit/{rosa.pk}/", FORM | admin | {"is_superuser": ""}),
        (f"/admin/users/delete/{rosa.pk}/", {}),
        (f"/admin/users/copy/{rosa.pk}/", FORM | admin),
        (f"/admin/users/copy/{lee.pk}/", FORM | admin),
        (f"/admin/users/{rosa.pk}/reset-log-in/", {}),
        (f"/admin/groups/edit/{group}/", {"name": "Editors", "is_superuser": "on"}),
    ]
    for path, form in sent:
        client.post(path, form, headers=headers)
        assert administrators() == before, path
    # The other fields of these forms were saved.
    assert User.objects.get(username="new").email == "new@example.org"
    assert User.objects.get(pk=lee.pk).check_password("another long password")
    data = {"mark_as_active": "False", "role": group, "is_superuser": "on"}
    for action in bulk_actions():
        for which in (f"id={rosa.pk}", f"id={lee.pk}&id={rosa.pk}", "id=all"):
            path = f"/admin/bulk/staff/user/{action.action_type}/?{which}&next=/"
            client.post(path, data, headers=headers)
            assert administrators() == before, path


def test_administrators_change_who_is_administrator(rosa: User, lee: User) -> None:
    client = log_in(rosa, "password", "mfa")
    form = FORM | {"username": "lee", "email": "lee@example.org"}
    for is_superuser in ("on", ""):
        client.post(f"/admin/users/edit/{lee.pk}/", form | {"is_superuser": is_superuser})
        assert User.objects.get(pk=lee.pk).is_superuser is bool(is_superuser)
    client.post("/admin/users/new/", FORM | {"username": "new", "email": "new@example.org"})
    assert User.objects.get(username="new").is_superuser


def test_field_for_administrators_is_disabled_for_others(
    rosa: User, lee: User, manager: User
) -> None:
    for path in ("/admin/users/new/", f"/admin/users/edit/{lee.pk}/"):
        for user in (rosa, manager):
            client = log_in(user, "password", "mfa")
            field = client.get(path).context["form"].fields["is_superuser"]
            assert field.disabled is (user == manager)
