"""The response to a form without a valid CSRF token."""

from django.http import HttpRequest, HttpResponse
from django.views.csrf import csrf_failure

from dpa_site.middleware.origin_check import is_same_origin
from staff import resubmission


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Ask to send a form of the CMS again if the browser says that the form is from this site.

    A login changes the token, so a form opened before the login has the old token.
    """
    is_ours = request.path.startswith("/admin/") and is_same_origin(request)
    if not (is_ours and resubmission.can_resubmit(request)):
        return csrf_failure(request, reason)
    if request.user.is_authenticated:
        return resubmission.ask_to_send_again(request)
    return resubmission.ask_to_sign_in(request)
