"""A form that cannot be saved yet is returned as hidden fields, which the user sends again.

Before that, in a new tab, the user signs in again, gives fresh proof, or sets up a second step.
Nothing is stored on the server. The caller must check the CSRF token or origin of the form.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _


def can_resubmit(request: HttpRequest) -> bool:
    """Whether the browser shows the response as a page, and the form has no files.

    The page cannot send files again.
    """
    return (
        request.method == "POST"
        and request.accepts("text/html")
        and request.headers.get("Sec-Fetch-Dest", "document") == "document"
        and request.headers.get("X-Requested-With") != "XMLHttpRequest"
        and not request.FILES
    )


def ask_for_proof(request: HttpRequest, url: str) -> HttpResponse:
    reason = _("Confirm first that it is you.")
    return _page(request, reason, _with_next(url), _("Confirm in a new tab"))


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    reason = _("You were signed out. Sign in again with the same account.")
    return _page(request, reason, _with_next(reverse("account_login")), _("Sign in in a new tab"))


def ask_for_second_step(request: HttpRequest) -> HttpResponse:
    reason = _("Your account has more rights now, and these need a second step.")
    return _page(request, reason, reverse("mfa_index"), _("Set up the second step in a new tab"))


def ask_for_role(request: HttpRequest) -> HttpResponse:
    reason = _(
        "You may no longer edit this, perhaps because your role was changed. Ask an administrator."
    )
    return _page(request, reason, reverse("wagtailadmin_home"), _("Open the CMS in a new tab"))


def ask_to_send_again(request: HttpRequest) -> HttpResponse:
    return _page(request, _("You opened this form before you last signed in."))


def ask_to_wait(request: HttpRequest) -> HttpResponse:
    return _page(request, _("The site is still saving this page. Wait a moment."))


def _with_next(url: str) -> str:
    return f"{url}?{urlencode({'next': reverse('staff_ready')})}"


def _page(request: HttpRequest, reason: str, url: str = "", link: str = "") -> HttpResponse:
    """A page that holds the form without its passwords, which the user enters again."""
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]
    passwords = [name for name, value in fields if value and "password" in name]
    context = {
        "reason": reason,
        "url": url,
        "link": link,
        "fields": [(name, value) for name, value in fields if "password" not in name],
        "passwords": passwords,
    }
    response = render(request, "staff/resubmit.html", context, status=403)
    add_never_cache_headers(response)
    return response
