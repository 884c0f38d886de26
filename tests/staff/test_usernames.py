"""No two usernames differ only in case: the login would find neither account."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from staff.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "a long password of hers"
TAKEN = "A user with that username already exists."
SPELLINGS = [("rosa", "ROSA"), ("rosa", "rosa"), ("Ana.María", "ana.maría"), ("ΟΔΟΣ", "οδοσ")]


@pytest.fixture
def lee(home: object, client: Client) -> User:
    user = User.objects.create_superuser("lee", password=PASSWORD, email="lee@example.org")
    client.post("/account/login/", {"login": "lee", "password": PASSWORD})
    return user


def fields(username: str, **others: str) -> dict[str, str]:
    names = {"first_name": "R", "last_name": "R", "email": "r@example.org"}
    return {"username": username, **names, **others}


@pytest.mark.parametrize(("first", "second"), SPELLINGS)
def test_username_that_differs_only_in_case_is_refused_beside_its_field(
    lee: User, client: Client, first: str, second: str
) -> None:
    User.objects.create_user(first)
    other = User.objects.create_user("other")
    passwords = {"password1": PASSWORD, "password2": PASSWORD}
    edit = f"/admin/users/edit/{other.pk}/"
    forms = {"/admin/users/new/": passwords, edit: {"is_active": "on"}}
    for url, others in forms.items():
        response = client.post(url, fields(second, **others))
        assert response.status_code == 200, url
        assert response.context["form"].errors == {"username": [TAKEN]}, url
    assert set(User.objects.values_list("username", flat=True)) == {"lee", first, "other"}


def test_case_of_own_username_may_be_changed(lee: User, client: Client) -> None:
    rosa = User.objects.create_user("rosa")
    client.post(f"/admin/users/edit/{rosa.pk}/", fields("Rosa", is_active="on"))
    rosa.refresh_from_db()
    assert rosa.username == "Rosa"


def test_forms_without_username_do_not_check_it(lee: User, client: Client) -> None:
    with connection.schema_editor() as editor:
        (constraint,) = User._meta.constraints
        editor.remove_constraint(User, constraint)
    User.objects.create_user("LEE")
    response = client.post("/admin/account/email/", {"email": "new@example.org"})
    assert response.status_code == 302
    lee.refresh_from_db()
    assert lee.email == "new@example.org"


def test_database_refuses_username_that_differs_only_in_case() -> None:
    User.objects.create_user("rosa")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("Rosa")
    other = User.objects.create_user("other")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=other.pk).update(username="ROSA")


def test_create_administrator_refuses_username_that_differs_only_in_case() -> None:
    User.objects.create_user("Admin")
    with pytest.raises(CommandError, match="The username admin is taken"):
        call_command("create_administrator")


def test_migration_renames_accounts_that_differ_only_in_case(db: Any) -> None:
    last = [("staff", "0003_usernames_unique_without_case")]
    MigrationExecutor(connection).migrate([("staff", "0002_session_version_and_account_change")])
    long = "x" * 150
    names = ["rosa", "Rosa", "ROSA", "rosa-2", "lee", long, long.upper()]
    pks = [User.objects.create_user(name).pk for name in names]
    MigrationExecutor(connection).migrate(last)
    renamed = [User.objects.get(pk=pk).username for pk in pks]
    assert renamed == ["rosa", "Rosa-3", "ROSA-4", "rosa-2", "lee", long, "X" * 140 + "-2"]
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("LEE")
