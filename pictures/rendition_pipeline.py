"""Decodes a photograph once and makes all its renditions from those pixels.

Wagtail decodes and scales the original again for each rendition. For thirteen renditions of a
photograph with twelve megapixels, that took longer than encoding them.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from django.core.files import File
from PIL import Image, UnidentifiedImageError
from wagtail.images.models import AbstractImage, Filter
from willow.image import AvifImageFile, ImageFile, JPEGImageFile, WebPImageFile

from pictures.decoding_lock import decode
from pictures.photographs import EXTENSIONS, MAX_EDGE

if TYPE_CHECKING:
    from wagtail.images.image_operations import ImageTransform

# A JPEG that is decoded at almost its final size looks jagged.
OVERSAMPLING = 1.2
CLEANED_FORMATS = ("JPEG", *EXTENSIONS)
# Each rendition is encoded in its own thread, so each encoder uses one thread (`max_threads`).
# WebP method 4 would save 4% of the bytes but take twice the time.
FORMATS: dict[str, tuple[type[ImageFile], dict[str, Any]]] = {
    "avif": (AvifImageFile, {"quality": settings.WAGTAILIMAGES_AVIF_QUALITY, "max_threads": 1}),
    "webp": (WebPImageFile, {"quality": settings.WAGTAILIMAGES_WEBP_QUALITY, "method": 2}),
    "jpeg": (
        JPEGImageFile,
        {"quality": settings.WAGTAILIMAGES_JPEG_QUALITY, "progressive": True, "optimize": True},
    ),
}


class NotCleaned(Exception):
    """The file was stored by an earlier version, and `clean_pictures` has not run since."""


@contextmanager
def opened_if_cleaned(file: IO[bytes]) -> Iterator[Image.Image]:
    """Open a photograph if cleaning could have written it. Raises NotCleaned otherwise.

    The process that makes renditions has no memory limit, and only cleaned files have a limited
    size.
    """
    try:
        with Image.open(file, formats=CLEANED_FORMATS) as image:
            if max(image.size) > MAX_EDGE:
                raise NotCleaned
            yield image
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise NotCleaned from error


class DecodedPicture:
    """A photograph decoded once, at the size that the largest rendition in `specs` needs."""

    def __init__(self, picture: AbstractImage, specs: Iterable[str]) -> None:
        transforms = {
            one: one.get_transform(picture) for one in (PipelineFilter(s, self) for s in specs)
        }
        # Largest first, so that no core is idle at the end.
        self.filters = sorted(transforms, key=lambda one: transforms[one].size, reverse=True)
        scale = min(1, max(max(transform.scale) for transform in transforms.values()))
        self._size = round(picture.width * scale), round(picture.height * scale)
        self._picture = picture
        self._lock = Lock()
        self._pixels: Image.Image | None = None

    @property
    def pixels(self) -> Image.Image:
        with self._lock:
            if self._pixels is None:
                self._pixels = self._read()
            return self._pixels

    def _read(self) -> Image.Image:
        return decode(self._read_now)

    def _read_now(self) -> Image.Image:
        width, height = self._size
        with self._picture.open_file() as file, opened_if_cleaned(file) as image:
            image.draft(None, (round(width * OVERSAMPLING), round(height * OVERSAMPLING)))
            mode = "RGBA" if image.has_transparency_data else "RGB"
            return image.convert(mode).resize(self._size, Image.Resampling.LANCZOS)


class PipelineFilter(Filter):
    """Wagtail filter that crops and scales the already decoded pixels, honoring the focal point."""

    def __init__(self, spec: str, decoded: DecodedPicture) -> None:
        super().__init__(spec)
        self._decoded = decoded

    def run(self, image: AbstractImage, output: IO[bytes], source: File | None = None) -> ImageFile:
        pixels = self._decoded.pixels
        transform: ImageTransform = self.get_transform(image)
        x, y = pixels.width / image.width, pixels.height / image.height
        left, top, right, bottom = transform.get_rect()
        box = (left * x, top * y, min(right * x, pixels.width), min(bottom * y, pixels.height))
        cropped = pixels.resize(transform.size, Image.Resampling.LANCZOS, box)
        name = self.spec.partition("|")[0].removeprefix("format-")
        if name == "jpeg" and cropped.mode == "RGBA":
            white = Image.new("RGB", cropped.size, "white")
            white.paste(cropped, mask=cropped)
            cropped = white
        file_class, options = FORMATS[name]
        cropped.save(output, name, **options)
        return file_class(output)
