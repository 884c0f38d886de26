"""Which form of the editor sent a request or saved a version; see editorial.lost_answers."""

import re

from django.http import HttpRequest
from wagtail.models import Revision

from editorial.versions import FORM_ID


def form_id_of(request: HttpRequest) -> str:
    """The ID of the form that sent the request; empty if there is none."""
    value = request.POST.get(FORM_ID, "")
    return value if re.fullmatch(r"[0-9a-f]{32}", value) else ""


def is_saved_by(request: HttpRequest, revision: Revision | None) -> bool:
    form_id = form_id_of(request)
    return bool(
        form_id
        and revision
        and revision.user_id == request.user.pk
        and revision.content.get(FORM_ID) == form_id
    )
