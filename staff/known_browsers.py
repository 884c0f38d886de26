"""Marks a browser after a complete login, so that floods of guesses do not keep its owner out.

The mark is a signed cookie with the account and a random number, new at each login. Only staff get
it, only the login page receives it, and the server stores nothing. It proves nothing about who logs
in: it only separates the limits of this browser from those that others use up.
"""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from staff.models import User

COOKIE = "known_browser"
MAX_AGE = 90 * 24 * 60 * 60  # seconds since the last login


def mark_browser(response: HttpResponse, user: User) -> None:
    response.set_signed_cookie(
        COOKIE,
        f"{user.pk} {secrets.token_hex(8)}",
        salt=COOKIE,
        max_age=MAX_AGE,
        path=reverse("account_login"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def account_of(request: HttpRequest) -> str:
    """The primary key of the last account that logged in with this browser, or ""."""
    return _mark(request).partition(" ")[0]


def known_browser(request: HttpRequest, username: str) -> str:
    """The mark of this browser, or "" if its last login was not of the account `username`.

    Failed logins are counted for each mark. So somebody who logged in once, with a stolen
    password for example, cannot lock the owner's browser.
    """
    pk = account_of(request)
    is_known = bool(pk) and User.objects.filter(pk=pk, username__iexact=username).exists()
    return _mark(request) if is_known else ""


def _mark(request: HttpRequest) -> str:
    return request.get_signed_cookie(COOKIE, "", salt=COOKIE, max_age=MAX_AGE) or ""
