from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse


class OneTimePasswordMiddleware:
    """Whoever logged in with a one-time password chooses one of their own before anything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Only the CMS: looking at request.user on a public page would make it vary by cookie.
        if request.path.startswith("/admin/") and request.user.is_authenticated:
            first_password = reverse("staff_first_password")
            # Signing out and what the admin's own pages are made of stay open.
            logout = reverse("wagtailadmin_logout")
            open_addresses = (first_password, logout, "/admin/jsi18n/", "/admin/sprite")
            if request.user.must_change_password:
                if not request.path.startswith(open_addresses):
                    return redirect(first_password)
            elif request.path == first_password:
                return redirect("wagtailadmin_home")
        return self.get_response(request)
