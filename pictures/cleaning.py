"""Validates uploaded pictures and re-encodes them from their pixels.

Only the pixels are kept. Location, camera, time, names, a thumbnail from before cropping and
programs appended to the file are lost.
"""

import hashlib
import math
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path, PurePath
from typing import TypeVar, cast

import pillow_heif
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageFile

from pictures import incomplete, metadata, svg
from pictures.complexity import is_too_complex
from pictures.decoding_lock import TooBusy, decode
from pictures.difference_hash import difference_hash

pillow_heif.register_heif_opener()
MAX_EDGE = 4000  # pixels; a printed page needs 3500, and readers get 1600 at most
QUALITY = 92  # of lossy formats; high, because renditions are encoded from the result
# With slower settings, encoding sixteen megapixels takes longer than a request may.
FAST: dict[str, dict[str, int]] = {"AVIF": {"speed": 9}, "WEBP": {"method": 2}}
# Pillow's names. Some phones write two pictures into one file: Pillow opens such a file as JPEG and
# then sets its format to MPO.
FORMATS = ("AVIF", "BMP", "GIF", "HEIF", "JPEG", "PNG", "WEBP")
EXTENSIONS = {"AVIF": "avif", "PNG": "png", "WEBP": "webp"}
# Bytes of memory per pixel that decoding takes at its peak: those of the decoding library plus
# those of the decoded picture. Measured with `bench/picture_memory.py`. A large JPEG is downscaled
# while it is decoded, but a progressive JPEG is held in memory at full size first.
DECODED_BYTES = {"AVIF": 12, "HEIF": 12, "JPEG": 7, "MPO": 7, "WEBP": 16}
MAX_DECODED_BYTES = 600_000_000
DECODER = Path(__file__).with_name("decode_avif.py")
DECODER_BYTES = 40_000_000  # what the process takes without the picture
MAX_DECODING_TIME = 20  # seconds
BAND_HEIGHT = 256  # pixels
LANCZOS_RADIUS = 3  # pixels of the smaller picture
Result = TypeVar("Result")
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


def clean(data: bytes) -> CleanedFile:
    """Clean the picture file with content `data`, whatever its name is. Raises ValidationError."""
    _check_content(data)
    if svg.is_drawing(data):
        drawing, byline = svg.clean(data)
        return CleanedFile(drawing, "svg", byline)
    try:
        return decode(lambda: _try_to_complete(data, _clean_photograph))
    except TooBusy:
        raise ValidationError(
            _("Other pictures are being processed. Wait a minute, and try again."), code="busy"
        ) from None


def check_photograph(data: bytes, max_pixels: int) -> None:
    """Check the head of a photograph without decoding it. Raises ValidationError."""
    _check_content(data)
    _try_to_complete(data, lambda image: _check_pixels(image, max_pixels))


def _check_content(data: bytes) -> None:
    if not data:
        raise ValidationError(_("The file is empty."))
    if is_too_complex(data):
        raise DamagedPicture


def _try_to_complete(data: bytes, function: Callable[[ImageFile.ImageFile], Result]) -> Result:
    """Call `function` with the picture in `data`, which may be incomplete as `incomplete` says."""
    try:
        with _open(data) as image:
            return function(image)
    except DamagedPicture:
        if incomplete.is_png(data):
            return _try_incomplete_png(data, function)
    *paddings, last = incomplete.paddings(data)
    for padding in paddings:
        try:
            with _open(data + padding) as image:
                return function(image)
        except DamagedPicture:
            pass
    with _open(data + last) as image:
        return function(image)


def _try_incomplete_png(data: bytes, function: Callable[[ImageFile.ImageFile], Result]) -> Result:
    with _open(data) as image:
        # First, because counting the pixels takes time.
        _check_pixels(image, settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS)
        if not incomplete.png_has_most_pixels(data):
            raise DamagedPicture
    with incomplete.missing_pixels_are_empty(), _open(data) as image:
        return function(image)


def _clean_photograph(image: ImageFile.ImageFile) -> CleanedFile:
    _check_pixels(image, settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS)
    if image.format == "AVIF":
        _check_coded_pixels(image)
    image.draft(None, _fit(image.size))  # a JPEG is downscaled while it is decoded
    image.load()
    found = metadata.read(image)
    animated = image.format != "MPO" and getattr(image, "is_animated", False)
    encoded, extension = _encode(image)
    return CleanedFile(encoded, extension, found.byline, found.types, animated)


def _check_coded_pixels(image: ImageFile.ImageFile) -> None:
    """Check that decoding an AVIF file takes no more memory than its head promises.

    A file of 1 KB may promise 64 pixels and take more than a gigabyte.
    """
    data = cast("BytesIO", image.fp).getvalue()
    limit = DECODER_BYTES + 2 * len(data) + DECODED_BYTES["AVIF"] * image.width * image.height
    command = [sys.executable, "-I", str(DECODER), str(limit)]
    subprocess.run(
        command, input=data, stderr=subprocess.DEVNULL, check=True, timeout=MAX_DECODING_TIME
    )


class DamagedPicture(ValidationError):
    """Pillow cannot read the file, or reading it would take too long."""

    def __init__(self) -> None:
        super().__init__(
            _("The file is damaged or is not a picture. Save it as JPEG or PNG, and try again.")
        )


@contextmanager
def _open(data: bytes) -> Iterator[ImageFile.ImageFile]:
    """Open the picture in `data`; errors in the block become a ValidationError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are about metadata, which is discarded
            with Image.open(BytesIO(data), formats=FORMATS) as image:
                yield image
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS) from error
    except ValidationError:
        raise
    except Exception as error:
        # Pillow and its libraries document no exceptions: damaged files raise at least OSError,
        # SyntaxError, ValueError, RuntimeError, KeyError, IndexError and struct.error.
        raise DamagedPicture from error


def _check_pixels(image: Image.Image, max_pixels: int) -> None:
    max_pixels = min(max_pixels, MAX_DECODED_BYTES // DECODED_BYTES.get(str(image.format), 4))
    if image.width * image.height > max_pixels:
        raise _too_many_pixels(max_pixels)


def _too_many_pixels(max_pixels: int) -> ValidationError:
    sentence = _("The picture has more than %(limit)d million pixels. Save it at a smaller size.")
    return ValidationError(sentence % {"limit": max_pixels // 1_000_000}, code="too_many_pixels")


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
    transposition = metadata.read_transposition(image)
    scaled = _resize_by_bands(image)
    image.close()  # frees the memory of the decoded picture
    upright = scaled if transposition is None else scaled.transpose(transposition)
    plain = _convert_to_srgb(upright, profile)
    plain.info = {}  # Pillow would write this metadata into the new file
    written = BytesIO()
    format_ = {"jpg": "JPEG"}.get(extension, extension.upper())
    plain.save(written, format_, quality=QUALITY, **FAST.get(format_, {}))
    return written.getvalue(), extension


def _resize_by_bands(image: Image.Image) -> Image.Image:
    """Resize in bands, so that no converted copy of the whole picture is needed."""
    width, height = _fit(image.size)
    scale = image.height / height
    margin = math.ceil(LANCZOS_RADIUS * scale)
    mode = _convert_to_scalable_mode(image.crop((0, 0, 1, 1))).mode
    # None: not filled first, during which no other thread could run. The bands fill it.
    resized = Image.new(mode, (width, height), None)
    for top in range(0, height, BAND_HEIGHT):
        bottom = min(top + BAND_HEIGHT, height)
        # The filter also reads rows above and below the band.
        first = max(0, math.floor(top * scale) - margin)
        last = min(image.height, math.ceil(bottom * scale) + margin)
        rows = _convert_to_scalable_mode(image.crop((0, first, image.width, last)))
        box = (0, top * scale - first, image.width, min(bottom * scale - first, rows.height))
        band = rows.resize((width, bottom - top), Image.Resampling.LANCZOS, box)
        resized.paste(band, (0, top))
    return resized


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
