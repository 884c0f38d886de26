"""Validates uploaded pictures and re-encodes them from their pixels.

Only the pixels are kept. Location, camera, time, names, a thumbnail from before cropping and
programs appended to the file are lost.
"""

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import PurePath

import pillow_heif
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from pictures import metadata, svg
from pictures.difference_hash import difference_hash

pillow_heif.register_heif_opener()
MAX_EDGE = 4000  # pixels; a printed page needs 3500, and readers get 1600 at most
QUALITY = 92  # of lossy formats; high, because renditions are encoded from it again
# Allowed Pillow formats by file extension. MPO is a JPEG of a phone with two pictures in it.
FORMATS_BY_EXTENSION = {
    "avif": {"AVIF"},
    "gif": {"GIF"},
    "heic": {"HEIF"},
    "jpeg": {"JPEG", "MPO"},
    "jpg": {"JPEG", "MPO"},
    "png": {"PNG"},
    "webp": {"WEBP"},
}
EXTENSIONS = {"AVIF": "avif", "PNG": "png", "WEBP": "webp"}
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@dataclass(frozen=True)
class CleanedFile:
    """A cleaned picture, and what was found and removed, to tell the editor."""

    data: bytes
    extension: str
    byline: str = ""
    removed: tuple[str, ...] = ()
    was_animated: bool = False

    @cached_property
    def file_hash(self) -> str:
        """The hash of the file, computed as Wagtail does."""
        return hashlib.sha1(self.data, usedforsecurity=False).hexdigest()

    @cached_property
    def difference_hash(self) -> int | None:
        return None if self.extension == "svg" else difference_hash(self.data)

    def file(self, name: str) -> ContentFile:
        return ContentFile(self.data, name=self.rename(name))

    def rename(self, name: str) -> str:
        """`name` with the extension of the new format."""
        return str(PurePath(name).with_suffix(f".{self.extension}"))


def clean(name: str, data: bytes) -> CleanedFile:
    """Clean the picture file `name` with content `data`. Raises ValidationError."""
    extension = PurePath(name).suffix.lower().lstrip(".")
    if extension not in settings.WAGTAILIMAGES_EXTENSIONS:
        raise ValidationError(
            _("The file name must end with one of these: %(endings)s.")
            % {"endings": ", ".join(settings.WAGTAILIMAGES_EXTENSIONS)}
        )
    if not data:
        raise ValidationError(_("The file is empty."))
    if extension == "svg":
        drawing, byline = svg.clean(data)
        return CleanedFile(drawing, "svg", byline)
    with _open(data) as image:
        if image.format not in FORMATS_BY_EXTENSION[extension]:
            raise ValidationError(
                _(
                    "The file's type does not match its name. Save the picture again in the "
                    "right format."
                )
            )
        _check_pixels(image)
        image.draft(None, _fit(image.size))  # a JPEG is downscaled while it is decoded
        image.load()
        found = metadata.read(image)
        animated = image.format != "MPO" and getattr(image, "is_animated", False)
        encoded, extension = _encode(image)
    return CleanedFile(encoded, extension, found.byline, found.types, animated)


@contextmanager
def _open(data: bytes) -> Iterator[ImageFile.ImageFile]:
    """Open the picture in `data`; Pillow errors become a ValidationError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are about metadata, which is discarded
            with Image.open(BytesIO(data)) as image:
                yield image
    except Image.DecompressionBombError as error:
        raise ValidationError(_too_many_pixels_message(), code="too_many_pixels") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise ValidationError(_("The file is damaged or is not a picture.")) from error


def _check_pixels(image: Image.Image) -> None:
    if image.width * image.height > settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS:
        raise ValidationError(_too_many_pixels_message(), code="too_many_pixels")


def _too_many_pixels_message() -> str:
    return _("The picture has more than %(limit)d million pixels. Save it at a smaller size.") % {
        "limit": settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS // 1_000_000
    }


def _fit(size: tuple[int, int]) -> tuple[int, int]:
    ratio = min(1, MAX_EDGE / max(size))
    return max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))


def _encode(image: Image.Image) -> tuple[bytes, str]:
    """Encode the first frame upright, resized and in sRGB. Returns the data and extension."""
    extension = EXTENSIONS.get(str(image.format)) or (
        "png" if image.has_transparency_data else "jpg"
    )
    extension = "png" if image.format == "GIF" else extension
    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(_convert_to_scalable_mode(image))
    upright = upright.resize(_fit(upright.size), Image.Resampling.LANCZOS, reducing_gap=3.0)
    plain = _convert_to_srgb(upright, profile)
    plain.info = {}  # Pillow would write this metadata into the new file
    written = BytesIO()
    plain.save(written, {"jpg": "JPEG"}.get(extension, extension.upper()), quality=QUALITY)
    return written.getvalue(), extension


def _convert_to_scalable_mode(image: Image.Image) -> Image.Image:
    """Convert `image` to eight bits per channel without a palette."""
    if image.mode.startswith("I"):  # 16-bit grayscale
        gray = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
        gray.info = image.info
        return gray
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("RGB") if image.mode in {"1", "P"} else image


def _convert_to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert to sRGB and drop the color profile, whose text may name someone."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            # A grayscale profile applies only to grayscale pixels.
            if source.profile.xcolor_space.strip() == "GRAY" and mode == "RGB":
                image = image.convert("L")
            return ImageCms.profileToProfile(image, source, SRGB, outputMode=mode) or image
        except (OSError, ImageCms.PyCMSError):
            pass  # invalid or unsuitable profile: keep the colors as they are
    return image.convert(mode)
