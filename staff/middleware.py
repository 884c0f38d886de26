from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from staff import two_factor

# What pages are made of stays open, and so do the ways in and out.
OPEN_ADDRESSES = ("/admin/logout/", "/admin/jsi18n/", "/admin/sprite", "/account/login/")


class LoggedOutMiddleware:
    """The editor of whoever was logged out shows a sentence; it cannot show the log-in page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        autosaves = (
            request.method == "POST"
            and request.path.startswith("/admin/")
            and not request.accepts("text/html")
        )
        if not autosaves or request.user.is_authenticated:
            return response
        sentence = _(
            "You are signed out. What you typed is still here. Sign in again in another tab, and "
            "it will be saved."
        )
        # Of the codes that Wagtail's editor knows, this one shows the sentence and tries again.
        answer = {"success": False, "error_code": "locked", "error_message": sentence}
        return JsonResponse(answer, status=400)


class OneTimePasswordMiddleware:
    """Whoever logged in with a one-time password chooses one of their own before anything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Not on public pages: looking at request.user there would make them vary by cookie.
        staff_only = request.path.startswith(("/admin/", "/account/"))
        if staff_only and request.user.is_authenticated:
            first_password = reverse("staff_first_password")
            if request.user.must_change_password:
                if not request.path.startswith((first_password, *OPEN_ADDRESSES)):
                    return redirect(first_password)
            elif request.path == first_password:
                return redirect("wagtailadmin_home")
        return self.get_response(request)


class TwoFactorMiddleware:
    """The CMS opens to nobody who can publish before a second step was shown in this session.

    Log-in asks for it; this stops every other way into a session, and sends those who have none
    yet to set one up.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        guarded = settings.TWO_STEP_LOGIN and request.path.startswith("/admin/")
        if (
            guarded
            and not request.path.startswith(OPEN_ADDRESSES)
            and request.user.is_authenticated
            and not request.user.must_change_password
            and not two_factor.was_shown(request)
        ):
            if two_factor.is_set_up(request):
                logout(request)
                return redirect_to_login(request.get_full_path())
            if request.user.needs_second_step():
                return redirect("mfa_index")
        return self.get_response(request)
