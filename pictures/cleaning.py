"""Validates uploaded pictures and re-encodes them from their pixels.

Location, camera, time, names, a thumbnail from before cropping and programs appended to the file
are lost.
"""

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from pictures import svg
from pictures.complexity import is_too_complex
from pictures.decoding_lock import TooBusy, decoding_lock

# Limits of the process that decodes a photograph. The largest pictures that are accepted take
# 680 MB. `web` and `worker` have a gigabyte each, of which the rest of `web` takes about 300 MB.
MAX_MEMORY = 700_000_000  # bytes
# The largest pictures take ten seconds on one core. An upload takes at most MAX_SECONDS after
# MAX_WAIT of `pictures/decoding_lock.py`. nginx waits longer for a response: two minutes.
MAX_SECONDS = 20


@dataclass(frozen=True)
class CleanedFile:
    """A cleaned picture, and what was found and removed, to tell the editor."""

    data: bytes
    extension: str
    byline: str = ""
    removed: tuple[str, ...] = ()
    # What was left out: other "frames" of an animation, or other "pictures" of the file.
    left_out: str = ""
    difference_hash: int | None = None

    @cached_property
    def file_hash(self) -> str:
        """The hash of the file, computed as Wagtail does."""
        return hashlib.sha1(self.data, usedforsecurity=False).hexdigest()

    def file(self, name: str) -> ContentFile:
        return ContentFile(self.data, name=self.rename(name))

    def rename(self, name: str) -> str:
        """`name` with the extension of the new format."""
        return str(PurePath(name).with_suffix(f".{self.extension}"))


class DamagedPicture(ValidationError):
    """The file cannot be read."""

    def __init__(self) -> None:
        super().__init__(
            _("The file is damaged or is not a picture. Save it as JPEG or PNG, and try again.")
        )


class TooComplexPicture(ValidationError):
    """Reading the file would take too much memory or time."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The picture is damaged or too complex. Save it as JPEG or PNG, at a smaller size, "
                "and try again."
            )
        )


def clean(data: bytes) -> CleanedFile:
    """Clean the picture file with content `data`, whatever its name is. Raises ValidationError."""
    _check_content(data)
    if svg.is_drawing(data):
        drawing, byline = svg.clean(data)
        return CleanedFile(drawing, "svg", byline)
    found, encoded = _run("encode_again", data, settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS)
    removed = tuple(_metadata_types()[name] for name in found["types"])
    return CleanedFile(
        encoded,
        found["extension"],
        found["byline"],
        removed,
        found["left_out"],
        found["difference_hash"],
    )


def check_photograph(data: bytes, max_pixels: int) -> None:
    """Check the head of a photograph without decoding it. Raises ValidationError."""
    _check_content(data)
    _run("check_head", data, max_pixels)


def _check_content(data: bytes) -> None:
    if not data:
        raise ValidationError(_("The file is empty."))
    if is_too_complex(data):
        raise TooComplexPicture


def _run(function: str, data: bytes, max_pixels: int) -> tuple[dict[str, Any], bytes]:
    """Run a function of `photographs.py` in a limited process, one at a time on this machine."""
    limits = max_pixels, MAX_MEMORY, MAX_SECONDS
    try:
        with decoding_lock():
            process = subprocess.run(
                [sys.executable, "-m", "pictures.decode", function, *map(str, limits)],
                input=data,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=settings.BASE_DIR,
                check=False,
            )
    except TooBusy:
        raise ValidationError(
            _("Other pictures are being processed. Wait a minute, and try again."), code="busy"
        ) from None
    if process.returncode != 0:  # for example killed, because of a limit or a bug in a library
        raise TooComplexPicture
    head, _newline, encoded = process.stdout.partition(b"\n")
    found = json.loads(head)
    if found.get("error") == "unreadable":
        raise DamagedPicture
    if found.get("error") == "too_many_pixels":
        raise _too_many_pixels(found["limit"])
    return found, encoded


def _metadata_types() -> dict[str, str]:
    """What editors read about each type of metadata that was removed."""
    return {
        "location": _("the location where it was taken"),
        "camera": _("details of the camera"),
        "time": _("the time when it was taken"),
        "text": _("text about it"),
    }


def _too_many_pixels(limit: int) -> ValidationError:
    sentence = _("The picture has more than %(limit)d million pixels. Save it at a smaller size.")
    return ValidationError(sentence % {"limit": limit // 1_000_000}, code="too_many_pixels")
