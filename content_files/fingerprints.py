"""What an object in the CMS looks like; another look than when it was loaded is an edit."""

import hashlib
from collections.abc import Iterable

from wagtail.models import Page

from content_files.schema import SETTINGS
from pictures.models import Picture
from site_settings.models import SiteSettings

# Settings that older sites had not: empty, they leave the look as it was.
CAME_LATER = {"share_picture", "other_languages"}


def of_page(page: Page) -> str:
    """Editing makes a revision; taking a page down does not, and must not be undone by a file."""
    return f"{page.latest_revision_id} {'live' if page.live else 'taken down'}"


def of_picture(picture: Picture) -> str:
    left_out = {"tags", "child_approved"}  # no file can say these
    names = [name for name in Picture.admin_form_fields if name not in left_out]
    others = [str(picture.other_descriptions)] if picture.other_descriptions else []
    return _digest([*(str(getattr(picture, name)) for name in names), *others])


def of_settings(found: SiteSettings) -> str:
    names = (*SETTINGS, "other_languages")
    kept = (name for name in names if name not in CAME_LATER or getattr(found, name))
    fields = (SiteSettings._meta.get_field(name) for name in kept)
    return _digest(field.value_to_string(found) for field in fields)  # type: ignore[union-attr]


def _digest(values: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(values).encode()).hexdigest()
