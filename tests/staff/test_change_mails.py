"""The owner of an account gets an email about each change to its login and to what it may do."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.test import Client
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from procrastinate.contrib.django import app
from procrastinate.testing import InMemoryConnector
from wagtail.users.models import UserProfile

from staff.models import AccountChange, User
from tests.actions.conftest import queue as queue
from tests.staff.passkeys import Passkey
from tests.staff.sessions import KEY, PASSWORD, add_app, code, log_in, submit_login

pytestmark = pytest.mark.usefixtures("home", "commits")

OLD = "rosa@example.org"
NEW_PASSWORD = dict.fromkeys(("new_password1", "new_password2"), "another long password")
SECOND_STEP = "/account/second-step"


@pytest.fixture
def rosa(db: None) -> User:
    user = User.objects.create_superuser("rosa", password=PASSWORD, email=OLD)
    user.groups.add(Group.objects.get(name="Writers"))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def lee(db: None) -> User:
    return User.objects.create_superuser("lee", password=PASSWORD, email="lee@example.org")


def owner(rosa: User) -> Client:
    return log_in(rosa, "password")


def add_passkey(rosa: User, lee: User) -> None:
    passkey = Passkey(rosa)
    passkey.authenticator.delete()
    client = owner(rosa)
    path = f"{SECOND_STEP}/passkey/add/"
    options = client.get(path).context["js_data"]["creation_options"]
    credential = passkey.registration(options["publicKey"]["challenge"])
    form = {"name": "Phone", "credential": json.dumps(credential), "passwordless": "on"}
    client.post(path, form)


def remove_passkey(rosa: User, lee: User) -> None:
    pk = Passkey(rosa).authenticator.pk
    log_in(rosa, "password", "mfa").post(f"{SECOND_STEP}/passkey/{pk}/remove/")


def connect_app(rosa: User, lee: User) -> None:
    client = owner(rosa)
    session = client.session
    session["mfa.totp.secret"] = KEY
    session.save()
    client.post(f"{SECOND_STEP}/app/add/", {"code": code()})


def remove_app(rosa: User, lee: User) -> None:
    add_app(rosa)
    log_in(rosa, "password", "mfa").post(f"{SECOND_STEP}/app/remove/")


def make_codes(rosa: User, lee: User) -> None:
    add_app(rosa)
    log_in(rosa, "password", "mfa").post(f"{SECOND_STEP}/recovery-codes/new/")


def change_password(rosa: User, lee: User) -> None:
    owner(rosa).post("/admin/account/password/", NEW_PASSWORD)


def choose_password_by_link(rosa: User, lee: User) -> None:
    uid = urlsafe_base64_encode(force_bytes(rosa.pk))
    token = default_token_generator.make_token(rosa)
    client = Client()
    path = client.get(f"/admin/password_reset/confirm/{uid}/{token}/").headers["Location"]
    client.post(path, NEW_PASSWORD)


def edit(lee: User, user: User, **fields: Any) -> None:
    form = {"username": "rosa", "first_name": "Rosa", "last_name": "M", "is_superuser": "on"}
    form |= {"email": OLD, "is_active": "on", "groups": [group.pk for group in user.groups.all()]}
    sent = {name: value for name, value in (form | fields).items() if value is not None}
    response = owner(lee).post(f"/admin/users/edit/{user.pk}/", sent)
    assert response.headers["Location"] == "/admin/users/"


def change_password_of_colleague(rosa: User, lee: User) -> None:
    edit(lee, rosa, password1="another long password", password2="another long password")


def change_email(rosa: User, lee: User) -> None:
    owner(rosa).post("/admin/account/email/", {"email": "new@example.org"})
    assert User.objects.get(pk=rosa.pk).email == "new@example.org"


def change_email_of_colleague(rosa: User, lee: User) -> None:
    edit(lee, rosa, email="new@example.org")


def reset(rosa: User, lee: User) -> None:
    owner(lee).post(f"/admin/users/{rosa.pk}/reset-log-in/")


def reset_on_server(rosa: User, lee: User) -> None:
    call_command("reset_log_in", "rosa", stdout=StringIO())


def bulk(lee: User, user: User, action: str, **fields: object) -> None:
    path = f"/admin/bulk/staff/user/{action}/?id={user.pk}&next=/admin/users/"
    assert owner(lee).post(path, fields).headers["Location"] == "/admin/users/"


def disable(rosa: User, lee: User) -> None:
    edit(lee, rosa, is_active=None)


def disable_in_bulk(rosa: User, lee: User) -> None:
    bulk(lee, rosa, "set_active_state", mark_as_active="False")


def disable_on_server(rosa: User, lee: User) -> None:
    User.objects.exclude(pk=rosa.pk).update(email="")
    call_command("lock_out", stdout=StringIO())


def enable(rosa: User, lee: User) -> None:
    User.objects.filter(pk=rosa.pk).update(is_active=False)
    edit(lee, rosa)


def enable_in_bulk(rosa: User, lee: User) -> None:
    User.objects.filter(pk=rosa.pk).update(is_active=False)
    bulk(lee, rosa, "set_active_state", mark_as_active="True")


def delete(rosa: User, lee: User) -> None:
    owner(lee).post(f"/admin/users/delete/{rosa.pk}/")
    assert not User.objects.filter(pk=rosa.pk).exists()


def delete_in_bulk(rosa: User, lee: User) -> None:
    bulk(lee, rosa, "delete")
    assert not User.objects.filter(pk=rosa.pk).exists()


def make_no_administrator(rosa: User, lee: User) -> None:
    edit(lee, rosa, is_superuser=None)


def change_roles(rosa: User, lee: User) -> None:
    """Removes one role and gives another, in one form."""
    edit(lee, rosa, groups=[Group.objects.get(name="Editors").pk])


def give_role_in_bulk(rosa: User, lee: User) -> None:
    bulk(lee, rosa, "assign_role", role=Group.objects.get(name="Editors").pk)


def remove_all_roles(rosa: User, lee: User) -> None:
    rosa.groups.clear()


def remove_everybody_from_role(rosa: User, lee: User) -> None:
    Group.objects.get(name="Writers").user_set.clear()


def give_permission(rosa: User, lee: User) -> None:
    rosa.user_permissions.add(Permission.objects.get(codename="access_admin"))


def delete_role(rosa: User, lee: User) -> None:
    owner(lee).post(f"/admin/groups/delete/{Group.objects.get(name='Writers').pk}/")
    assert not rosa.groups.exists()


ROLES = "Se cambió lo que la cuenta puede hacer"
CHANGES = {
    add_passkey: "Se agregó una llave de acceso.",
    remove_passkey: "Se quitó una llave de acceso.",
    connect_app: "Se agregó una aplicación de códigos.",
    remove_app: "Se quitó la aplicación de códigos.",
    make_codes: "Se crearon códigos de recuperación nuevos.",
    change_password: "Se cambió la contraseña.",
    choose_password_by_link: "Se cambió la contraseña.",
    change_password_of_colleague: "Se cambió la contraseña.",
    change_email: "Se cambió la dirección de correo.",
    change_email_of_colleague: "Se cambió la dirección de correo.",
    reset: "Se restableció el acceso",
    reset_on_server: "Se restableció el acceso",
    disable: "Se desactivó la cuenta.",
    disable_in_bulk: "Se desactivó la cuenta.",
    disable_on_server: "Se desactivó la cuenta.",
    enable: "Se volvió a activar la cuenta.",
    enable_in_bulk: "Se volvió a activar la cuenta.",
    delete: "Se eliminó la cuenta.",
    delete_in_bulk: "Se eliminó la cuenta.",
    make_no_administrator: ROLES,
    change_roles: ROLES,
    give_role_in_bulk: ROLES,
    remove_all_roles: ROLES,
    remove_everybody_from_role: ROLES,
    give_permission: ROLES,
    delete_role: ROLES,
}


def run(queue: InMemoryConnector) -> None:
    for job in queue.jobs.values():
        app.tasks[job["task_name"]](**job["args"])


@pytest.mark.parametrize("change", CHANGES)
def test_change_is_mailed_to_owner_in_their_language(
    change: Callable[[User, User], None],
    rosa: User,
    lee: User,
    queue: InMemoryConnector,
    mailoutbox: list[EmailMessage],
) -> None:
    UserProfile.objects.create(user=rosa, preferred_language="es")
    change(User.objects.get(pk=rosa.pk), lee)
    assert not mailoutbox  # the request sends nothing
    run(queue)
    (mail,) = mailoutbox
    assert mail.to == [OLD]  # even if the email address was changed
    assert mail.subject == "Se cambió tu cuenta"
    assert CHANGES[change] in mail.body
    assert "rosa" in mail.body


def test_other_changes_are_not_mailed(
    rosa: User, lee: User, queue: InMemoryConnector, settings: Any
) -> None:
    edit(lee, rosa, first_name="Rosa María")
    bulk(lee, rosa, "set_active_state", mark_as_active="True")
    bulk(lee, rosa, "assign_role", role=Group.objects.get(name="Writers").pk)
    submit_login("rosa", PASSWORD, Client())
    # Django replaces a hash of an older algorithm at the next login.
    hasher = "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher"
    settings.PASSWORD_HASHERS = [*settings.PASSWORD_HASHERS, hasher]
    old = make_password(PASSWORD, None, "pbkdf2_sha1")
    User.objects.filter(pk=rosa.pk).update(password=old)
    submit_login("rosa", PASSWORD, Client())
    assert User.objects.get(pk=rosa.pk).password != old
    assert not queue.jobs


def test_account_without_email_address_gets_no_mail(queue: InMemoryConnector, lee: User) -> None:
    change_password(User.objects.create_superuser("ana", password=PASSWORD), lee)
    assert not queue.jobs


def test_new_account_gets_no_mail(lee: User, queue: InMemoryConnector) -> None:
    form = {"username": "ana", "first_name": "A", "last_name": "A", "email": "ana@example.org"}
    form |= dict.fromkeys(("password1", "password2"), "another long password")
    form |= {"groups": str(Group.objects.get(name="Writers").pk)}
    owner(lee).post("/admin/users/new/", form)
    assert User.objects.get(username="ana").groups.exists()
    assert not queue.jobs


def test_former_email_address_is_told_of_everything_that_a_form_changes(
    rosa: User, lee: User, queue: InMemoryConnector, mailoutbox: list[EmailMessage]
) -> None:
    groups = [Group.objects.get(name="Editors").pk]
    edit(lee, rosa, email="thief@example.org", is_superuser=None, is_active=None, groups=groups)
    run(queue)
    assert [mail.to for mail in mailoutbox] == [[OLD]] * 3  # email address, disabled, roles


def test_mail_is_sent_after_account_was_deleted(
    rosa: User, lee: User, queue: InMemoryConnector, mailoutbox: list[EmailMessage]
) -> None:
    change_password(rosa, lee)
    User.objects.filter(pk=rosa.pk).delete()
    run(queue)
    assert [mail.to for mail in mailoutbox] == [[OLD]] * 2
    assert not AccountChange.objects.exists()


def test_account_change_whose_mail_was_not_sent_is_deleted_after_a_day(
    rosa: User, queue: InMemoryConnector
) -> None:
    for days in (0, 2):
        rosa.mail_change("password")
        row = AccountChange.objects.latest("pk")
        AccountChange.objects.filter(pk=row.pk).update(
            created_at=row.created_at - timedelta(days=days)
        )
    app.tasks["purge_account_changes"](timestamp=0)
    assert AccountChange.objects.count() == 1
