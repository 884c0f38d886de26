import re
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from staff import resubmission, two_factor
from staff.current_account import ACCOUNT_MODELS, changes_accounts
from staff.models import AccountChanged, User

# Tells the login page (templates/account/layout.html) that a form was not saved. A cookie and not a
# session, because anyone may send forms, and each session is a row in the database.
NOTHING_SAVED_COOKIE = "staff_nothing_saved"
STAFF_PATHS = ("/admin/", "/account/")
# Always accessible: login, logout, the page shown after a login in a new tab, assets of the CMS.
EXEMPT_PATHS = (
    "/admin/logout/",
    "/admin/jsi18n/",
    "/admin/sprite",
    "/account/login/",
    "/account/ready/",
)
# Wagtail's scripts for these views show the content of a successful response. For an error status,
# they show “Server Error”, or nothing.
UPLOADS = {
    "wagtailimages:add_multiple",
    "wagtailimages:edit_multiple",
    "wagtailimages:create_multiple_from_uploaded_image",
    "wagtailimages_chooser:create",
    "wagtaildocs:add_multiple",
    "wagtaildocs:edit_multiple",
    "wagtaildocs:create_multiple_from_uploaded_document",
    "wagtaildocs_chooser:create",
}
PAGE_FORM = re.compile(r"/admin/pages/(add/.+|\d+/edit)/")


class FreshProofMiddleware:
    """Ask for the password and the second step where a view requires a fresh proof.

    allauth would store a form that was sent, with its passwords and the IP address of its sender,
    in the session. So this middleware handles ReauthenticationRequired first, and the response
    holds the form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, callback: Callable, args: tuple, kwargs: dict
    ) -> HttpResponse | None:
        """Require a fresh proof to change users and groups: some of their views have no hook."""
        if not (changes_accounts(request, kwargs) and _may_change_accounts(request.user)):
            return None  # the view refuses users without permission
        is_required = get_adapter(request).is_reauthentication_required(app="staff")
        return _ask_for_proof(request) if is_required else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, AccountChanged):
            return _say_account_changed(request, error)
        return _ask_for_proof(request) if isinstance(error, ReauthenticationRequired) else None


def _may_change_accounts(user: User | AnonymousUser) -> bool:
    return any(
        user.has_perm(f"{app_label}.{action}_{model_name}")
        for app_label, model_name in ACCOUNT_MODELS
        for action in ("add", "change", "delete")
    )


def _ask_for_proof(request: HttpRequest) -> HttpResponse:
    for method in get_adapter(request).get_reauthentication_methods(request.user):
        if resubmission.can_resubmit(request):
            return resubmission.ask_for_proof(request, method["url"])
        return redirect(f"{method['url']}?{urlencode({'next': request.get_full_path()})}")
    return redirect_to_login(request.get_full_path())


def _say_account_changed(request: HttpRequest, error: AccountChanged) -> HttpResponse:
    """Say that nothing was saved, because another request changed or deleted the account."""
    path = request.get_full_path()
    if request.user.pk != error.pk:
        sentence = _("This account was changed or deleted meanwhile, so nothing was saved.")
        messages.error(request, sentence)
        return redirect(path)
    logout(request)
    sentence = _("Your account was changed meanwhile, so nothing was saved. Please sign in again.")
    messages.error(request, sentence)
    is_login = request.path.startswith(reverse("account_login"))
    return redirect("account_login") if is_login else redirect_to_login(path)


class PreferredLanguageMiddleware:
    """Activate the user's language for the CMS; before login, the browser's language.

    Wagtail does so only in its own views: not in two-factor setup, nor on error pages.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Not on public pages: reading request.user would add Vary: Cookie.
        if request.path.startswith(STAFF_PATHS):
            if request.user.is_authenticated:
                profile = getattr(request.user, "wagtail_userprofile", None)
                language = profile and profile.preferred_language
            else:
                language = translation.get_language_from_request(request)
            if language:
                translation.activate(language)
        return self.get_response(request)


class AutosaveErrorMiddleware:
    """Answer a failed autosave with a JSON error instead of a login page or an error page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_autosave = (
            request.method == "POST"
            and request.path.startswith("/admin/")
            and not request.accepts("text/html")
        )
        if is_autosave and not request.user.is_authenticated:
            sentence = _(
                "You are signed out. What you typed is still here. Sign in again with the same "
                "account in another tab, and it will be saved."
            )
            # The editor shows the message and retries.
            return _autosave_error("locked", sentence, status=400)
        if is_autosave and response.status_code == 403:
            # Django refused the CSRF token, which each login changes.
            sentence = _(
                "You have just signed in again. What you typed is still here, and it will be saved."
            )
            return _autosave_error("locked", sentence, status=403)
        if is_autosave and response.status_code == 404:
            sentence = _("This was withdrawn or deleted. What you type now is not saved.")
            # The editor shows the message and stops saving.
            return _autosave_error("invalid_revision", sentence, status=404)
        return response


class LostRoleMiddleware:
    """Say it if users may no longer save what they typed, and keep it.

    Wagtail redirects to the dashboard or to the login page, and what was typed would be lost.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (
            request.method != "POST"
            or response.status_code != 302
            or not request.path.startswith("/admin/")
            or not request.user.is_authenticated
        ):
            return response
        if request.accepts("text/html"):
            if _is_refusal(request, response["Location"]) and resubmission.can_resubmit(request):
                list(get_messages(request))  # not shown on the next page, because this one says it
                return resubmission.ask_for_role(request)
            return response
        list(get_messages(request))
        if response["Location"].startswith((reverse("staff_first_password"), reverse("mfa_index"))):
            sentence = _(
                "Your account was changed. What you typed is still here. Open the CMS in another "
                "tab and do what it asks, and it will be saved."
            )
        else:
            sentence = _(
                "You may no longer edit this page, perhaps because your role was changed. What you "
                "typed is still here, but it is not saved. Copy it, or ask an administrator."
            )
        # The editor shows the message and retries.
        return _autosave_error("locked", sentence, status=400)


def _is_refusal(request: HttpRequest, location: str) -> bool:
    """Whether Wagtail's redirect to `location` means that the user may not save the form."""
    if location.startswith(f"{reverse('account_login')}?"):
        return True  # the user may not open the CMS
    is_chosen = request.GET.get("next") or request.POST.get("next")
    is_page = PAGE_FORM.fullmatch(request.path)
    return bool(is_page and not is_chosen and location == reverse("wagtailadmin_home"))


class SignedOutMiddleware:
    """Say that nothing was saved when a form of the CMS is sent after the session has ended.

    The response holds the form, so that it can be sent again after a login in another tab. A form
    with files cannot be sent again. Then the login page says that nothing was saved, and so does
    the page after login, whose form has the old values. An upload by a script gets an error that
    the script shows.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/admin/"):
            return self.get_response(request)
        is_warning_due = request.user.is_authenticated and request.COOKIES.get(NOTHING_SAVED_COOKIE)
        if is_warning_due:
            messages.warning(
                request,
                _("You were signed out, so nothing was saved. Once signed in, please do it again."),
            )
        response = self.get_response(request)
        if is_warning_due:
            response.delete_cookie(NOTHING_SAVED_COOKIE, samesite="Lax")
        if request.method != "POST" or request.path.startswith(EXEMPT_PATHS):
            return response
        is_upload = request.resolver_match and request.resolver_match.view_name in UPLOADS
        if request.user.is_authenticated:
            # An upload gets 403 if its page was loaded before the last login, which changed the
            # CSRF token. It also gets 403 if the user may no longer upload; the reloaded page says
            # that.
            if is_upload and response.status_code == 403:
                sentence = _(
                    "This page is out of date, so this was not saved. Reload this page and upload "
                    "again."
                )
                return _upload_error(sentence)
            return response
        if is_upload:
            sentence = _(
                "You were signed out, so this was not saved. Sign in, reload this page, and upload "
                "again."
            )
            return _upload_error(sentence)
        if response.headers.get("Location", "").startswith(f"{reverse('account_login')}?next="):
            if resubmission.can_resubmit(request):
                return resubmission.ask_to_sign_in(request)
            response.set_cookie(
                NOTHING_SAVED_COOKIE,
                "1",
                max_age=settings.SESSION_COOKIE_AGE,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response


def _upload_error(sentence: str) -> JsonResponse:
    # Wagtail's scripts for a file, for the fields of a file and for a chooser read different keys.
    form = format_html('<p class="error-message">{}</p>', sentence)
    html = format_html('<div class="nice-padding w-mt-8">{}</div>', form)
    return JsonResponse({"success": False, "error_message": sentence, "form": form, "html": html})


def _autosave_error(code: str, sentence: str, status: int) -> JsonResponse:
    data = {"success": False, "error_code": code, "error_message": sentence}
    return JsonResponse(data, status=status)


class OneTimePasswordMiddleware:
    """Redirect users with a one-time password to the page where they choose a new one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Not on public pages: reading request.user would add Vary: Cookie.
        if request.path.startswith(STAFF_PATHS) and request.user.is_authenticated:
            first_password = reverse("staff_first_password")
            confirm = reverse("account_reauthenticate")
            if request.user.must_change_password:
                if not request.path.startswith((first_password, confirm, *EXEMPT_PATHS)):
                    return redirect(first_password)
            elif request.path == first_password:
                return redirect("wagtailadmin_home")
        return self.get_response(request)


class TwoFactorMiddleware:
    """Require two-factor authentication from users who have a second factor or need one.

    Login asks for the second factor. This middleware logs out sessions that started without it. It
    redirects users who need a second factor and have none from the CMS to the setup page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, callback: Callable, args: tuple, kwargs: dict
    ) -> HttpResponse | None:
        """Runs after the check of the CSRF token, because the response may hold the form."""
        is_guarded = settings.TWO_STEP_LOGIN and request.path.startswith(STAFF_PATHS)
        if (
            is_guarded
            and not request.path.startswith(EXEMPT_PATHS)
            and request.user.is_authenticated
            and not request.user.must_change_password
            and not two_factor.is_verified(request)
        ):
            if two_factor.is_set_up(request):
                logout(request)
                return redirect_to_login(request.get_full_path())
            if request.path.startswith("/admin/") and request.user.requires_two_factor():
                if resubmission.can_resubmit(request):
                    return resubmission.ask_for_second_step(request)
                return redirect("mfa_index")
        return None
