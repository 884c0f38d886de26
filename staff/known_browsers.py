"""Marks a browser after a complete login, so that floods of guesses do not keep its owner out.

The mark is a signed cookie that names the account. Only staff get it, only the login page receives
it, and the server stores nothing. It proves nothing about who logs in: it only separates the
limits of this browser from those that strangers use up.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from staff.models import User

COOKIE = "known_browser"
MAX_AGE = 90 * 24 * 60 * 60  # seconds since the last login


def mark_browser(response: HttpResponse, user: User) -> None:
    response.set_signed_cookie(
        COOKIE,
        str(user.pk),
        salt=COOKIE,
        max_age=MAX_AGE,
        path=reverse("account_login"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def account_of(request: HttpRequest) -> str:
    """The primary key of the last account that logged in with this browser, or ""."""
    return request.get_signed_cookie(COOKIE, "", salt=COOKIE, max_age=MAX_AGE) or ""


def is_known_to(request: HttpRequest, username: str) -> bool:
    """Whether the last login in this browser was of the account with this username."""
    pk = account_of(request)
    return bool(pk) and User.objects.filter(pk=pk, username__iexact=username).exists()
