"""One reading of a photograph, from which all of its sizes are made.

Wagtail decodes and scales the original anew for each: of twelve megapixels and thirteen sizes,
that took more of the worker's time than all the encoding.
"""

from collections.abc import Iterable
from threading import Lock
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from django.core.files import File
from PIL import Image
from wagtail.images.models import AbstractImage, Filter
from willow.image import AvifImageFile, ImageFile, JPEGImageFile, WebPImageFile

if TYPE_CHECKING:
    from wagtail.images.image_operations import ImageTransform

SPARE = 1.2  # a JPEG that is decoded at hardly more than the size it gets looks jagged
# Each size is encoded in a thread of its own. What WebP saves at method 4, 4 % of the bytes,
# costs twice the time.
FORMATS: dict[str, tuple[type[ImageFile], dict[str, Any]]] = {
    "avif": (AvifImageFile, {"quality": settings.WAGTAILIMAGES_AVIF_QUALITY, "max_threads": 1}),
    "webp": (WebPImageFile, {"quality": settings.WAGTAILIMAGES_WEBP_QUALITY, "method": 2}),
    "jpeg": (
        JPEGImageFile,
        {"quality": settings.WAGTAILIMAGES_JPEG_QUALITY, "progressive": True, "optimize": True},
    ),
}


class Reading:
    """The pixels of a photograph, as many as the largest of `specs` needs."""

    def __init__(self, picture: AbstractImage, specs: Iterable[str]) -> None:
        ours = {one: one.get_transform(picture) for one in (PipelineFilter(s, self) for s in specs)}
        # The longest first, so that no core idles while another ends.
        self.filters = sorted(ours, key=lambda one: ours[one].size, reverse=True)
        scale = min(1, max(max(transform.scale) for transform in ours.values()))
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
        width, height = self._size
        with self._picture.open_file() as file, Image.open(file) as image:
            image.draft(None, (round(width * SPARE), round(height * SPARE)))
            mode = "RGBA" if image.has_transparency_data else "RGB"
            return image.convert(mode).resize(self._size, Image.Resampling.LANCZOS)


class PipelineFilter(Filter):
    """A size as Wagtail reckons it, focal point and all, cut out of what was read."""

    def __init__(self, spec: str, reading: Reading) -> None:
        super().__init__(spec)
        self._reading = reading

    def run(self, image: AbstractImage, output: IO[bytes], source: File | None = None) -> ImageFile:
        pixels = self._reading.pixels
        transform: ImageTransform = self.get_transform(image)
        x, y = pixels.width / image.width, pixels.height / image.height
        left, top, right, bottom = transform.get_rect()
        box = (left * x, top * y, min(right * x, pixels.width), min(bottom * y, pixels.height))
        cut = pixels.resize(transform.size, Image.Resampling.LANCZOS, box)
        name = self.spec.partition("|")[0].removeprefix("format-")
        if name == "jpeg" and cut.mode == "RGBA":
            white = Image.new("RGB", cut.size, "white")
            white.paste(cut, mask=cut)
            cut = white
        kind, options = FORMATS[name]
        cut.save(output, name, **options)
        return kind(output)
