from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _


class OneTimePasswordMiddleware:
    """Whoever logged in with a one-time password chooses one of their own before anything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Only the CMS: looking at request.user on a public page would make it vary by cookie.
        if request.path.startswith("/admin/") and request.user.is_authenticated:
            account = reverse("wagtailadmin_account")
            # Signing out and the admin's own translations stay open.
            open_addresses = (
                account,
                reverse("wagtailadmin_logout"),
                "/admin/jsi18n/",
                "/admin/sprite",
            )
            if request.user.must_change_password and not request.path.startswith(open_addresses):
                messages.warning(
                    request, _("Welcome. Please choose a password of your own to begin.")
                )
                return redirect(account)
        return self.get_response(request)
