"""Refuses a form that one account opened and another one sends.

That happens if somebody signs in in another tab of the browser. The words of one colleague would
become a version by another.
"""

import re

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.forms import CharField, HiddenInput
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext

from staff.models import User

OPENED_BY = "opened_by"  # field of the form: the account that opened it


class OpenedByField(CharField):
    widget = HiddenInput

    def has_changed(self, initial: object, data: object) -> bool:
        return False


def reason_to_refuse(opened_by: str, user: AbstractUser | AnonymousUser) -> str:
    """Why `user` cannot save the form; empty if they can."""
    if user.is_anonymous or not re.fullmatch(r"[0-9]{1,18}", opened_by):
        return ""
    if opened_by == str(user.pk):
        return ""
    opener = User.objects.filter(pk=opened_by).first()
    if opener is None:
        return ""
    words = gettext(
        "%(opener)s opened this page, but this browser is now signed in as %(user)s. What you "
        "typed is still here, but it is not saved. Sign in as %(opener)s in another tab to save it."
    )
    return words % {"opener": _name(opener), "user": _name(user)}


def _name(user: AbstractUser) -> str:
    return user.get_full_name() or user.get_username()


def before_save_page(request: HttpRequest, *args: object) -> JsonResponse | None:
    """Refuse an autosave. PublishingForm refuses other forms, because it shows the text again."""
    if request.method != "POST" or request.accepts("text/html"):
        return None
    reason = reason_to_refuse(request.POST.get(OPENED_BY, ""), request.user)
    if not reason:
        return None
    # The editor shows the message and tries again.
    data = {"success": False, "error_code": "locked", "error_message": reason}
    return JsonResponse(data, status=400)
