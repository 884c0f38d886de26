"""Fingerprints of CMS objects, to detect edits since the files were loaded."""

import hashlib
from collections.abc import Iterable

from wagtail.models import Page

from content_files.schema import SETTINGS_FIELDS
from pictures.models import Picture
from site_settings.models import SiteSettings

# Settings added later: while empty they do not change the fingerprint of older sites.
ADDED_LATER = {"share_picture", "other_languages"}


def of_page(page: Page) -> str:
    """The latest revision and live state.

    Unpublishing makes no revision, and loading a file must not undo it.
    """
    return f"{page.latest_revision_id} {'live' if page.live else 'taken down'}"


def of_picture(picture: Picture) -> str:
    left_out = {"tags", "child_approved"}  # files cannot set these
    names = [name for name in Picture.admin_form_fields if name not in left_out]
    others = [str(picture.other_descriptions)] if picture.other_descriptions else []
    return _digest([*(str(getattr(picture, name)) for name in names), *others])


def of_settings(found: SiteSettings) -> str:
    names = (*SETTINGS_FIELDS, "other_languages")
    kept = (name for name in names if name not in ADDED_LATER or getattr(found, name))
    fields = (SiteSettings._meta.get_field(name) for name in kept)
    return _digest(field.value_to_string(found) for field in fields)  # type: ignore[union-attr]


def _digest(values: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(values).encode()).hexdigest()
