"""allauth adapters: login errors reveal nothing about accounts, and no IP address is stored."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from staff.models import User

PENDING_KEY = "staff_pending_login"
LOGIN_FAILED = "username_password_mismatch"
# Checking a password takes a quarter of a second. Only one thread of a process may check a password
# at a time. Other logins are refused at once, so that the other threads serve pages.
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

    def is_safe_url(self, url: str) -> bool:
        """Whether a login may redirect to `url`. allauth raises ValueError for `//[`."""
        try:
            return super().is_safe_url(url)
        except ValueError:
            return False

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count attempts per username, regardless of case and host.

        Each browser in which the account has logged in before has a count of its own, so the
        owner can still log in there after somebody else has used up the attempts.
        """
        from staff.known_browsers import known_browser

        username = credentials.get("username", "")
        browser = known_browser(request, username)
        # In upper case, so that no other username has this key: casefold() leaves no capitals.
        return username.casefold() + (f" IN BROWSER {browser}" if browser else "")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            raise self.validation_error(LOGIN_FAILED) from None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        with self._password_check():
            user = super().authenticate(request, **credentials)
        if not (user and user.is_active):
            return None
        request.session[PENDING_KEY] = user.get_session_auth_hash()
        return user

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Log in, unless the password was changed or a device was removed after the first step.

        While a login waits for its second step, allauth keeps only the user in the session. So
        `authenticate` also stores the session hash.
        """
        pending = request.session.pop(PENDING_KEY, None)
        if pending and not constant_time_compare(pending, user.get_session_auth_hash()):
            messages.error(request, self.error_messages[LOGIN_FAILED])
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)
        request.session.set_expiry(None)  # PasskeyLogInView may have set a shorter time

    def post_login(
        self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any
    ) -> HttpResponse:
        from staff.known_browsers import mark_browser

        response = super().post_login(request, user, **kwargs)
        mark_browser(response, cast("User", user))
        return response

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        """Check the password of somebody who is logged in.

        Failed logins do not count here, because strangers could use them to keep the owner from
        removing a stolen device.
        """
        with self._password_check():
            return user.check_password(password)

    @contextmanager
    def _password_check(self) -> Iterator[None]:
        if not PASSWORD_CHECK.acquire(blocking=False):
            raise self.validation_error("busy")
        try:
            yield
        finally:
            PASSWORD_CHECK.release()

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        messages.error(request, self.error_messages[LOGIN_FAILED])
        return redirect("account_login")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return bool(self.get_reauthentication_methods(self.request.user))

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict]:
        """The ways to give the proof that is missing: first the password, then the second step.

        allauth itself would accept either proof alone. Whatever this session has proved in the last
        FRESH_PROOF_SECONDS counts, even if that was at login. An account without a second step
        needs only its password. An account without a password needs only its second step.
        """
        if not isinstance(user, AbstractBaseUser):
            return []
        since = time.time() - settings.FRESH_PROOF_SECONDS
        records = get_authentication_records(self.request, user)
        proved = {record["method"] for record in records if record["at"] > since}
        methods = super().get_reauthentication_methods(user)
        password = [method for method in methods if method["id"] == "reauthenticate"]
        if password and "password" not in proved:
            return password
        if "mfa" in proved:
            return []
        # Offer the passkey, if there is one, before codes.
        return sorted(
            (method for method in methods if method not in password),
            key=lambda method: method["id"],
            reverse=True,
        )

    def send_notification_mail(
        self, template_prefix: str, user: AbstractBaseUser, *args: Any, **kwargs: Any
    ) -> None:
        """Email the owner in the background, without the IP address and browser of the request."""
        cast("User", user).mail_change(template_prefix)


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
