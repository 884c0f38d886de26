"""Accounts with each kind of login, and sessions with login proofs of any age."""

import time
from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.http import HttpResponse
from django.test import Client

from staff.models import User
from tests.staff.passkeys import Passkey

PASSWORD = "a long password of hers"
KEY = "A" * 32


def code() -> str:
    """The code that an authenticator app with KEY shows now."""
    return format_hotp_value(hotp_value(KEY, int(time.time()) // 30))


def add_app(user: User) -> Authenticator:
    return TOTP.activate(user, KEY).instance


def add_passkey(user: User) -> Authenticator:
    return Passkey(user).authenticator


def add_recovery_codes(user: User) -> Authenticator:
    return RecoveryCodes.activate(user).instance


def reset(user: User) -> None:
    user.set_password(PASSWORD)
    user.must_change_password = True
    user.save()


# What each kind adds to an account that has only a password.
KINDS: dict[str, list[Callable[[User], object]]] = {
    "password": [],
    "app": [add_app, add_recovery_codes],
    "passkey": [add_passkey, add_recovery_codes],
    "app and passkey": [add_app, add_passkey, add_recovery_codes],
    "recovery codes": [add_recovery_codes],
    "reset": [reset],
}


def log_in(user: User, *proofs: str, seconds_ago: float = 0) -> Client:
    """A client whose user gave `proofs` ("password", "mfa") `seconds_ago` seconds ago."""
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    session = client.session
    session["account_authentication_methods"] = [
        {"method": proof, "at": time.time() - seconds_ago} for proof in proofs
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    if "mfa" in proofs:
        session["staff_second_step"] = Authenticator.objects.filter(user=user).latest("pk").pk
    session.save()
    return client


def age_proofs(client: Client, seconds: float) -> None:
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= seconds
    session.save()


def submit_login(name: str, password: str, client: Client) -> HttpResponse:
    return client.post("/account/login/", {"login": name, "password": password})
