"""Checks that alt text is meaningful."""

import re

from django.utils.translation import gettext as _

from pictures.models import Picture

# A file extension, or one word that contains a hyphen, underscore, digit or inner period.
FILE_NAME = re.compile(
    r".*\.(?:jpe?g|png|webp|avif|gif|hei[cf]|svg|tiff?|bmp)|\S*(?:[-_\d]|\.\w)\S*", re.IGNORECASE
)
# Generic names given by cameras, phones and programs: “IMG 1234”, “Screenshot 2026-01-31 at 9.00”.
GENERIC_NAME = re.compile(
    r"(?:(?:img|dscn?|dscf|pxl|mvimg|whatsapp image|screen ?shot|scan|image|photo|photograph|"
    r"picture|graphic|untitled)\b)?(?:[\W\d_]|\b(?:at|am|pm|copy)\b)*",
    re.IGNORECASE,
)


def reason_to_refuse(picture: Picture, caption: str = "") -> str:
    """Why this use of a picture may not be published, in one sentence; empty if it may."""
    if picture.decorative or (picture.is_decoration and not picture.contextual_alt_text):
        return ""
    alt = " ".join((picture.contextual_alt_text or picture.default_alt_text).split())
    if not alt:
        reason = _("The picture “%(title)s” has no alt text. Describe what it shows.")
    elif FILE_NAME.fullmatch(alt) or GENERIC_NAME.fullmatch(alt):
        reason = _("The alt text of “%(title)s” is a file name. Describe what the picture shows.")
    elif _normalize(alt) == _normalize(caption):
        reason = _(
            "The alt text of “%(title)s” repeats its caption. Describe what the picture shows."
        )
    else:
        return ""
    return reason % {"title": picture.title}


def _normalize(words: str) -> str:
    return " ".join(words.split()).strip(" .!?…").casefold()
