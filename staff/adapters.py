"""allauth adapters: login errors reveal nothing about accounts, and no IP address is stored."""

import time
from threading import BoundedSemaphore
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

LOGIN_TIME_KEY = "staff_signed_in_at"
LOGIN_FAILED = "username_password_mismatch"
# A password takes a quarter of a second to check. Only one thread of a process may do so at a time,
# and nobody waits for it, so that the other threads serve pages.
PASSWORD_CHECK = BoundedSemaphore(1)


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        # Unknown user, wrong password, locked username and inactive account all give this message.
        LOGIN_FAILED: _(
            "We could not sign you in. Check your username and password. After five attempts, wait "
            "five minutes or use a passkey."
        ),
        "incorrect_password": _("The password is wrong, or there were too many attempts."),
        "too_many_login_attempts": _("Too many attempts. Please wait five minutes."),
        "rate_limited": _("Too many attempts. Please wait five minutes."),
        "busy": _("Many people are signing in. Please try again in a moment."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count attempts per username, regardless of case and host."""
        return credentials.get("username", "").casefold()

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            raise self.validation_error(LOGIN_FAILED) from None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        if not PASSWORD_CHECK.acquire(blocking=False):
            raise self.validation_error("busy")
        try:
            user = super().authenticate(request, **credentials)
        finally:
            PASSWORD_CHECK.release()
        return user if user and user.is_active else None

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        messages.error(request, self.error_messages[LOGIN_FAILED])
        return redirect("account_login")

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        super().login(request, user)
        request.session[LOGIN_TIME_KEY] = time.time()

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Do not ask for the password again right after login."""
        since = time.time() - self.request.session.get(LOGIN_TIME_KEY, 0)
        return since > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict]:
        """Offer only the password; the second factor was verified when this session began."""
        return [
            method
            for method in super().get_reauthentication_methods(user)
            if method["id"] == "reauthenticate"
        ]


class TwoFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _(
            "The code did not work. A code can be used once, for 30 seconds. Enter a new code."
        ),
    }

    def generate_authenticator_name(
        self,
        user: AbstractBaseUser,
        type: Authenticator.Type,  # noqa: A002
    ) -> str:
        """Initial value of the passkey name field."""
        made = Authenticator.objects.filter(user=user.pk, type=type).count()
        return gettext("Passkey %(number)d") % {"number": made + 1}
