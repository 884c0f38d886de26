"""Links for a new password: whoever reads a mailbox must not get past a required second step."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Group
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from procrastinate.testing import InMemoryConnector

from staff.models import User
from tests.actions.conftest import queue as queue
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db

EMAIL = "rosa@example.org"


def add_app(user: User) -> None:
    TOTP.activate(user, "A" * 32)


def add_passkey(user: User) -> None:
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={})


def add_recovery_codes(user: User) -> None:
    RecoveryCodes.activate(user)


def change(user: User, **fields: Any) -> None:
    User.objects.filter(pk=user.pk).update(**fields)


# Group, change of the account, TWO_STEP_LOGIN, whether a link works.
ACCOUNTS = [
    pytest.param("Writers", None, True, True, id="no second step needed"),
    pytest.param("Editors", None, True, False, id="second step missing"),
    pytest.param("Story stewards", None, True, False, id="second step of a steward missing"),
    pytest.param(None, lambda user: change(user, is_superuser=True), True, False, id="admin"),
    pytest.param("Editors", add_recovery_codes, True, False, id="recovery codes alone"),
    pytest.param("Editors", add_app, True, True, id="app"),
    pytest.param("Editors", add_passkey, True, True, id="passkey"),
    pytest.param("Editors", None, False, True, id="second step not required here"),
    pytest.param(
        "Writers", lambda user: change(user, must_change_password=True), True, False, id="one-time"
    ),
    pytest.param("Writers", lambda user: change(user, is_active=False), True, False, id="disabled"),
]


@pytest.mark.parametrize(("group", "prepare", "two_steps", "may"), ACCOUNTS)
def test_link_is_sent_and_works_only_if_account_may_reset_password(
    home: object,
    client: Client,
    settings: Any,
    mailoutbox: list,
    queue: InMemoryConnector,
    group: str | None,
    prepare: Any,
    two_steps: bool,
    may: bool,
) -> None:
    settings.TWO_STEP_LOGIN = two_steps
    user = User.objects.create_user("rosa", password="a long password of hers", email=EMAIL)
    user.groups.set(Group.objects.filter(name=group))
    if prepare:
        prepare(user)
    user.refresh_from_db()
    client.post("/admin/password_reset/", {"email": EMAIL})
    run_jobs(queue)
    assert [mail.to for mail in mailoutbox] == ([[EMAIL]] if may else [])

    # The link may have been sent before the account changed.
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    link = f"/admin/password_reset/confirm/{uid}/{default_token_generator.make_token(user)}/"
    response = client.get(link, follow=True)
    assert response.status_code == 200
    assert response.context.get("validlink", False) is may


def test_opened_link_ends_when_the_account_gains_permissions(
    home: object, client: Client, settings: Any
) -> None:
    settings.TWO_STEP_LOGIN = True
    user = User.objects.create_user("rosa", password="a long password of hers", email=EMAIL)
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    link = f"/admin/password_reset/confirm/{uid}/{default_token_generator.make_token(user)}/"
    form = client.get(link).headers["Location"]
    user.groups.add(Group.objects.get(name="Editors"))
    new = "another long password"
    client.post(form, {"new_password1": new, "new_password2": new})
    user.refresh_from_db()
    assert not user.check_password(new)
