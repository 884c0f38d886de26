"""Picture file fields, which clean originals and give files random names."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.files.base import File
from django.db import models, transaction
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from PIL import Image
from wagtail.images.models import WagtailImageField, WagtailImageFieldFile
from willow.svg import WillowSvgException

from pictures.cleaning import CleanedFile, clean
from pictures.upload_messages import add_upload_message

# Folders of renditions. Only the first is public; see dpa_site/assets/media.py and
# deploy/nginx.conf.
PUBLIC_FOLDER = "images/"
CMS_FOLDER = "cms_images/"
CONTENT_TYPES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class RenditionFile(WagtailImageFieldFile):
    """Image file with integer dimensions: browsers reject `800.0w` in a srcset."""

    def get_image_dimensions(self) -> tuple[int, int]:
        """Read the dimensions from the file header; Wagtail decodes the whole file on each call."""
        if PurePath(str(self)).suffix == ".svg":
            try:
                width, height = super().get_image_dimensions()
                return round(width), round(height)
            except (ArithmeticError, LookupError, ValueError, WillowSvgException):
                return 0, 0  # a drawing saved before unusable sizes were rejected
        closed = self.closed
        self.open()
        try:
            with Image.open(self) as image:
                return image.size
        finally:
            self.close() if closed else self.seek(0)


class RenditionField(WagtailImageField):
    attr_class = RenditionFile


class OriginalFile(RenditionFile):
    """Cleans the file on every save: by a form, `load_content`, a script or a pending upload."""

    def get_image_dimensions(self) -> tuple[int, int]:
        try:
            return super().get_image_dimensions()
        except FileNotFoundError:
            # The file is missing. The form must work, so that the file can be uploaded again.
            picture: Any = self.instance
            return picture.width or 0, picture.height or 0

    def save(self, name: str, content: File, save: bool = True) -> None:
        found = getattr(content, "clean", None) or _clean(content)
        picture: Any = self.instance  # a Picture, whose module imports this one
        super().save(found.rename(name), found.file(name), save=False)
        picture.sizes = []  # drop the renditions of the replaced file
        picture.file_size = len(found.data)
        picture.file_hash, picture.difference_hash = found.file_hash, found.difference_hash
        _reset_for_new_file(picture)
        _add_messages(picture.title, found)
        if found.byline and not picture.credit:
            picture.credit = found.byline[:255]
            add_upload_message(
                _(
                    "The credit for “%(title)s” was taken from its file: “%(credit)s”. Check "
                    "that it is correct."
                )
                % {"title": picture.title, "credit": picture.credit}
            )
        if save:
            picture.save()


class OriginalField(WagtailImageField):
    attr_class = OriginalFile


@contextmanager
def saving_with_row(picture: Any) -> Iterator[None]:
    """Save a picture in one transaction. If that fails, its new file is deleted again."""
    try:
        with transaction.atomic():
            yield
    except BaseException:
        file = picture.file
        if file and file._committed and not type(picture).objects.filter(file=str(file)).exists():
            file.storage.delete(str(file))
        raise


def original_name(name: str) -> str:
    """Return a random file name: `maria-lopez-arrest.jpg` would identify a person."""
    return f"original_images/{secrets.token_hex(16)}{PurePath(name).suffix.lower()}"


def rendition_name(folder: str, name: str) -> str:
    """Return a random file name, so that nobody can guess the URL of a rendition."""
    return f"{folder}{secrets.token_hex(16)}{PurePath(name).suffix}"


def _clean(content: File) -> CleanedFile:
    content.seek(0)
    return clean(content.read())


def _reset_for_new_file(picture: Any) -> None:
    """Clear consent, alt texts and “decoration” if the new file differs from the old file.

    The new file is not public until somebody says who is shown. An alt text that was changed
    together with the file is kept. If a caller knows that both files show the same, it must set
    consent and alt texts again before it saves.
    """
    old = type(picture).objects.filter(pk=picture.pk).first() if picture.pk else None
    if not old or old.file_hash == picture.file_hash:
        return
    picture.consent = None  # save() creates a new record
    if old.is_decoration:
        picture.is_decoration = False
    if picture.description == old.description:
        picture.description = ""
    picture.other_descriptions = {
        code: words
        for code, words in picture.other_descriptions.items()
        if words != old.other_descriptions.get(code)
    }
    add_upload_message(
        _(
            "“%(title)s” has a new file. What was recorded about the old one, its consent and "
            "alt text, was removed. Say who is shown, and describe it. Until then it is not on "
            "the site."
        )
        % {"title": picture.title},
        messages.WARNING,
    )


def _add_messages(title: str, found: CleanedFile) -> None:
    if found.removed:
        add_upload_message(
            _("Removed from the file of “%(title)s”: %(kinds)s.")
            % {"title": title, "kinds": get_text_list(list(found.removed), _("and"))}
        )
    sentence = {
        "frames": _("“%(title)s” was an animation. Only its first frame was kept."),
        "pictures": _("The file of “%(title)s” had several pictures. Only its main one was kept."),
    }.get(found.left_out)
    if sentence:
        add_upload_message(sentence % {"title": title})


def picture_field(verbose_name: "StrOrPromise", help_text: "StrOrPromise") -> models.ForeignKey:
    """An optional ForeignKey. Pictures can be deleted, so templates must handle None."""
    return models.ForeignKey(
        "pictures.Picture",
        verbose_name=verbose_name,
        help_text=help_text,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
