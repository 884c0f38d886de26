"""Finds translations that others saved after the user opened the editor or downloaded the PO file.

wagtail-localize replaces such translations without a message.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import polib
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from wagtail_localize.models import SegmentOverride, StringTranslation, Translation

from editorial.translations.marks import readable_marks

OPENED_AT = "opened_at"
PO_FILE = "PO File"  # `tool_name` of translations that came from a PO file
# The URL that saves a segment. It is in the properties of wagtail-localize's editor, which are JSON
# in an attribute.
URL_OF_SEGMENT = re.compile(r"(/(?:strings|overrides)/\d+/edit/)(?=&quot;)")


def with_time_of_opening(html: str) -> str:
    """Make wagtail-localize's editor send the time of its opening with each segment."""
    query = urlencode({OPENED_AT: timezone.now().isoformat()})
    return URL_OF_SEGMENT.sub(rf"\1?{query}", html)


def _time(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and timezone.is_aware(found) else None


def replaced_by(request: HttpRequest, saved: QuerySet[Any]) -> Any:
    """What `request` replaces, if somebody else saved it after the user opened the editor."""
    opened_at = _time(request.GET.get(OPENED_AT, ""))
    if opened_at is None:
        return None
    newer = saved.filter(updated_at__gt=opened_at).exclude(last_translated_by=request.user.pk)
    return newer.select_related("last_translated_by").first()


def sentence_about(replaced: StringTranslation | SegmentOverride) -> str:
    """Says whose work was replaced, and quotes the text, because no version of the page has it."""
    user = replaced.last_translated_by
    values = {"name": user.get_full_name() or user.get_username() if user else gettext("Somebody")}
    if isinstance(replaced, StringTranslation):
        words = gettext(
            "Saved. It replaces what %(name)s wrote while this page was open: “%(words)s”"
        )
        return words % (values | {"words": readable_marks(replaced.data)})
    words = gettext("Saved. It replaces what %(name)s chose while this page was open.")
    return words % values


def newer_than_file(
    catalog: polib.POFile, translation: Translation, user: AbstractUser | AnonymousUser
) -> Iterator[polib.POEntry]:
    """Entries of a file whose translations were changed here after the file was downloaded.

    Changes that this user uploaded in a PO file do not count.
    """
    made_at = _time(catalog.metadata.get("POT-Creation-Date", ""))
    if made_at is None:
        return
    saved = (
        StringTranslation.objects.filter(
            context__object_id=translation.source.object_id,
            locale=translation.target_locale,
            updated_at__gt=made_at,
        )
        .exclude(last_translated_by=user.pk, tool_name=PO_FILE)
        .values_list("context__path", "translation_of__data", "data")
    )
    newer = {(path, original): words for path, original, words in saved}
    for entry in catalog:
        key = entry.msgctxt, entry.msgid
        if entry.msgstr and key in newer and newer[key] != entry.msgstr:
            yield entry
