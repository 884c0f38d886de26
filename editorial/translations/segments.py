"""Saves translated segments, one at a time or from a PO file.

wagtail-localize saves segments even if the page is locked for the user. The text of a translation
could then change after the approver has read it.
"""

from functools import wraps
from typing import TYPE_CHECKING

import polib
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import SessionAuthentication
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.status import HTTP_403_FORBIDDEN
from wagtail.admin import messages
from wagtail.models import Page
from wagtail_localize.models import (
    OverridableSegment,
    SegmentOverride,
    StringSegment,
    StringTranslation,
    Translation,
)
from wagtail_localize.views import edit_translation

from editorial.translations.marks import excerpt, readable_marks
from editorial.translations.mode_changes import reason_not_to_save_segment
from editorial.translations.overrides import has_usable_overrides
from editorial.translations.replaced import PO_FILE, newer_than_file, replaced_by, sentence_about

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.files.uploadedfile import UploadedFile
    from rest_framework.request import Request

LOCKED = _("This translation is locked, or waits for an approval, so you cannot change it now.")
TRANSLATION_ID = "X-WagtailLocalize-TranslationID"


def is_locked_for(user: AbstractUser | AnonymousUser, page: Page) -> bool:
    lock = page.specific.get_lock()
    return bool(lock and lock.for_user(user))


def show_as_locked(html: str) -> str:
    """`html` of wagtail-localize's editor without the buttons that change segments.

    wagtail-localize itself ignores the locks of workflows.
    """
    return html.replace("&quot;isLocked&quot;: false", "&quot;isLocked&quot;: true")


def _reason_to_refuse(user: AbstractUser | AnonymousUser, translation_id: int) -> str:
    """Why the user cannot change the translation; empty if they can."""
    if reason := reason_not_to_save_segment(translation_id):
        return reason
    page = get_object_or_404(Translation, pk=translation_id).get_target_instance()
    if not isinstance(page, Page):
        return ""
    if not page.permissions_for_user(user).can_edit():
        return gettext("You may no longer edit this page. This was not saved. Copy your text.")
    return str(LOCKED) if is_locked_for(user, page) else ""


def _unless_refused(view: "Callable[..., HttpResponse]") -> "Callable[..., HttpResponse]":
    @wraps(view)
    def checked(request: HttpRequest, translation_id: int, **names: int) -> HttpResponse:
        if reason := _reason_to_refuse(request.user, translation_id):
            return _refuse(request, reason)
        return view(request, translation_id, **names)

    return checked


@api_view(["PUT", "DELETE"])
@permission_classes([IsAuthenticated])
@authentication_classes([SessionAuthentication])
def _refuse(request: "Request", reason: str) -> Response:
    """Show the reason beside what was typed, which stays in the editor.

    For an error status, the script of the editor shows “Server error”.
    """
    if request.method == "DELETE":
        return Response({"error": reason}, HTTP_403_FORBIDDEN)
    data = {"data": request.data.get("value", ""), "error": reason, "last_translated_by": None}
    return Response(data)


@_unless_refused
def edit_string_translation(
    request: HttpRequest, translation_id: int, string_segment_id: int
) -> HttpResponse:
    """Saves the translation of a segment, and returns it with readable marks of sources."""
    segment = get_object_or_404(StringSegment, pk=string_segment_id)
    saved = StringTranslation.objects.filter(
        translation_of=segment.string_id,
        context=segment.context_id,
        locale=get_object_or_404(Translation, pk=translation_id).target_locale_id,
    )
    replaced = replaced_by(request, saved)
    response = edit_translation.edit_string_translation(request, translation_id, string_segment_id)
    data = response.data
    if data and "data" in data:  # missing if wagtail-localize refused the translation
        is_other = replaced and saved.exclude(data=replaced.data).exists()
        data["data"] = readable_marks(data["data"])
        if is_other:
            data["error"] = " ".join(filter(None, (data["error"], sentence_about(replaced))))
    return response


@_unless_refused
def edit_override(
    request: HttpRequest, translation_id: int, overridable_segment_id: int
) -> HttpResponse:
    """Saves the picture, file or page chosen for the translation, unless it has been deleted."""
    segment = get_object_or_404(OverridableSegment, pk=overridable_segment_id)
    translation = get_object_or_404(Translation, pk=translation_id)
    saved = SegmentOverride.objects.filter(
        context=segment.context_id, locale=translation.target_locale_id
    )
    replaced = replaced_by(request, saved)
    before = saved.first()
    with transaction.atomic():
        response = edit_translation.edit_override(request, translation_id, overridable_segment_id)
        is_usable = request.method != "PUT" or has_usable_overrides(translation)
        transaction.set_rollback(not is_usable)
    data = response.data
    if not is_usable:
        data["data"] = before.data if before else segment.data
        data["error"] = gettext("This was not saved. Somebody has deleted it. Choose another one.")
        return response
    if replaced and data and saved.exclude(data_json=replaced.data_json).exists():
        data["error"] = " ".join(filter(None, (data["error"], sentence_about(replaced))))
    return response


def upload_pofile(request: HttpRequest, translation_id: int) -> HttpResponse:
    """Imports a PO file, and says which of its translations were not saved.

    wagtail-localize reports success even if it saved no translation, and fails at files of other
    programs.
    """
    translation = get_object_or_404(Translation, pk=translation_id)
    page = translation.get_target_instance()
    edit_url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    if reason := _reason_to_refuse(request.user, translation_id):
        messages.error(request, reason)
    elif file := request.FILES.get("file"):
        _import(request, translation, file)
    else:
        messages.error(request, gettext("Choose a PO file first."))
    return redirect(edit_url)


def _import(request: HttpRequest, translation: Translation, file: "UploadedFile") -> None:
    try:
        text = file.read().decode("utf-8-sig")
        # polib takes a text in one line for the name of a file.
        catalog = polib.pofile(f"{text}\n\n")
    except (OSError, UnicodeDecodeError, ValueError):
        messages.error(request, gettext("This file is not a PO file in UTF-8."))
        return
    if catalog.metadata.get(TRANSLATION_ID) != str(translation.uuid):
        sentence = gettext(
            "This file does not belong to this translation. Download its PO file again, and "
            "enter your translations there."
        )
        messages.error(request, sentence)
        return
    kept = list(newer_than_file(catalog, translation, request.user))
    for entry in kept:
        entry.msgstr = ""  # not imported
    found = [entry for entry in catalog if entry.msgstr and not entry.obsolete]
    warnings = translation.import_po(catalog, user=request.user, tool_name=PO_FILE)
    lost = [entry for entry in (catalog[one.index] for one in warnings) if entry in found]
    if saved := len(found) - len(lost):
        sentence = ngettext(
            "%(count)d translation of the file is saved.",
            "%(count)d translations of the file are saved.",
            saved,
        )
        messages.success(request, sentence % {"count": saved})
    if lost:
        sentence = ngettext(
            "%(count)d translation was not saved, because its original is not on this page, or not "
            "any more: %(words)s",
            "%(count)d translations were not saved, because their originals are not on this page, "
            "or not any more: %(words)s",
            len(lost),
        )
        words = ", ".join(f"“{excerpt(entry.msgid)}”" for entry in lost)
        messages.error(request, sentence % {"count": len(lost), "words": words})
    if kept:
        sentence = ngettext(
            "%(count)d translation of the file was not saved, because somebody changed it here "
            "after the file was downloaded: %(words)s",
            "%(count)d translations of the file were not saved, because somebody changed them here "
            "after the file was downloaded: %(words)s",
            len(kept),
        )
        words = ", ".join(f"“{excerpt(entry.msgid)}”" for entry in kept)
        messages.warning(request, sentence % {"count": len(kept), "words": words})
    if not found and not kept:
        messages.warning(request, gettext("The file has no translations. Nothing was changed."))
