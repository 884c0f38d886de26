"""The owner of an account gets an email about each change to the ways of logging in to it."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.test import Client
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from procrastinate.contrib.django import app
from procrastinate.testing import InMemoryConnector
from wagtail.users.models import UserProfile

from staff.models import User
from tests.actions.conftest import queue as queue
from tests.staff.passkeys import Passkey
from tests.staff.sessions import KEY, PASSWORD, add_app, code, log_in, sign_in

pytestmark = pytest.mark.usefixtures("home", "commits")

OLD = "rosa@example.org"
NEW_PASSWORD = dict.fromkeys(("new_password1", "new_password2"), "another long password")
SECOND_STEP = "/account/second-step"


@pytest.fixture
def rosa(db: None) -> User:
    return User.objects.create_superuser("rosa", password=PASSWORD, email=OLD)


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


def edit(lee: User, user: User, **fields: str) -> None:
    form = {"username": "rosa", "first_name": "Rosa", "last_name": "M", "is_superuser": "on"}
    form |= {"email": OLD, "is_active": "on"}
    response = owner(lee).post(f"/admin/users/edit/{user.pk}/", form | fields)
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
    change(rosa, lee)
    assert not mailoutbox  # the request sends nothing
    run(queue)
    (mail,) = mailoutbox
    assert mail.to == [OLD]  # the old address, even if the change was a new address
    assert mail.subject == "Se cambió tu forma de iniciar sesión"
    assert CHANGES[change] in mail.body
    assert "rosa" in mail.body


def test_other_changes_are_not_mailed(
    rosa: User, lee: User, queue: InMemoryConnector, settings: Any
) -> None:
    edit(lee, rosa, first_name="Rosa María")
    sign_in("rosa", PASSWORD, Client())
    # Django replaces a hash of an older algorithm at the next login.
    hasher = "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher"
    settings.PASSWORD_HASHERS = [*settings.PASSWORD_HASHERS, hasher]
    old = make_password(PASSWORD, None, "pbkdf2_sha1")
    User.objects.filter(pk=rosa.pk).update(password=old)
    sign_in("rosa", PASSWORD, Client())
    assert User.objects.get(pk=rosa.pk).password != old
    assert not queue.jobs


def test_account_without_email_address_gets_no_mail(queue: InMemoryConnector, lee: User) -> None:
    change_password(User.objects.create_superuser("ana", password=PASSWORD), lee)
    assert not queue.jobs


def test_mail_is_not_sent_after_account_was_deleted(
    rosa: User, lee: User, queue: InMemoryConnector, mailoutbox: list[EmailMessage]
) -> None:
    change_password(rosa, lee)
    User.objects.filter(pk=rosa.pk).delete()
    run(queue)
    assert not mailoutbox
