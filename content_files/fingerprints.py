"""Fingerprints of CMS objects, to detect edits since the files were loaded."""

import hashlib
from collections.abc import Iterable

from wagtail.models import Page

from consent.models import ConsentRecord
from content_files.schema import SETTINGS_FIELDS
from pictures.models import Picture
from site_settings.models import SiteSettings

# Some stored fingerprints are older than these settings. An empty setting is left out, so that the
# older fingerprints still match.
ADDED_LATER = {"share_picture", "other_languages"}


def of_page(page: Page) -> str:
    """The latest revision, and whether the page is live.

    If an editor has unpublished the page, loading its file must not publish it. Unpublishing makes
    no revision.
    """
    return f"{page.latest_revision_id} {'live' if page.live else 'taken down'}"


def of_picture(picture: Picture) -> str:
    # Content files cannot set tags.
    names = [name for name in Picture.admin_form_fields if name != "tags"]
    others = [str(picture.other_descriptions)] if picture.other_descriptions else []
    values = (str(getattr(picture, name)) for name in names)
    # Includes consent. Consent that was changed in the CMS is about the picture's present file, so
    # the loader must not put another file in its place.
    return _digest([*values, *others, of_consent(picture.record)])


def of_consent(record: ConsentRecord) -> str:
    """The record and its pictures.

    Loading must not change a record that staff have since given to more pictures.
    """
    pictures = Picture.objects.filter(consent=record).order_by("pk").values_list("pk", flat=True)
    return _digest([record.digest, *map(str, pictures)])


def of_settings(found: SiteSettings) -> str:
    names = (*SETTINGS_FIELDS, "other_languages")
    kept = (name for name in names if name not in ADDED_LATER or getattr(found, name))
    fields = (SiteSettings._meta.get_field(name) for name in kept)
    return _digest(field.value_to_string(found) for field in fields)  # type: ignore[union-attr]


def _digest(values: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(values).encode()).hexdigest()
