"""Fingerprints of CMS objects, to detect edits since the files were loaded."""

import hashlib
from collections.abc import Iterable

from wagtail.models import Page

from consent.mixins import HasConsent
from content_files.schema import SETTINGS_FIELDS
from pictures.models import Picture
from site_settings.models import SiteSettings

# Settings added later: while empty they do not change the fingerprint of older sites.
ADDED_LATER = {"share_picture", "other_languages"}


def of_page(page: Page) -> str:
    """The latest revision, live state and consent.

    Unpublishing makes no revision, and loading a file must not undo it.
    """
    state = f"{page.latest_revision_id} {'live' if page.live else 'taken down'}"
    specific = page.specific
    return f"{state} {specific.consent.digest}" if isinstance(specific, HasConsent) else state


def of_picture(picture: Picture) -> str:
    names = [name for name in Picture.admin_form_fields if name != "tags"]  # files cannot set them
    others = [str(picture.other_descriptions)] if picture.other_descriptions else []
    values = (str(getattr(picture, name)) for name in names)
    return _digest([*values, *others, picture.record.digest])


def of_settings(found: SiteSettings) -> str:
    names = (*SETTINGS_FIELDS, "other_languages")
    kept = (name for name in names if name not in ADDED_LATER or getattr(found, name))
    fields = (SiteSettings._meta.get_field(name) for name in kept)
    return _digest(field.value_to_string(found) for field in fields)  # type: ignore[union-attr]


def _digest(values: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(values).encode()).hexdigest()
