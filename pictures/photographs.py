"""Reads photographs, and encodes them again from their pixels.

`pictures/decode.py` runs this in a process of its own, which must start fast. So nothing here
imports Django, and pillow-heif is imported only for the files that need it.
"""

import gc
import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Literal, NamedTuple, TypeVar

# Importing a plugin registers its format. If one of FORMATS is not registered, Pillow imports all
# plugins.
from PIL import (
    AvifImagePlugin,  # noqa: F401
    BmpImagePlugin,  # noqa: F401
    GifImagePlugin,  # noqa: F401
    Image,
    ImageFile,
    JpegImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    WebPImagePlugin,  # noqa: F401
)

from pictures import incomplete, metadata
from pictures.color_profiles import convert_to_srgb
from pictures.difference_hash import difference_hash

MAX_EDGE = 4000  # pixels; a printed page needs 3500, and readers get 1600 at most
QUALITY = 92  # of lossy formats; high, because renditions are encoded from the result
# With slower settings, encoding sixteen megapixels takes longer than a request may.
FAST: dict[str, dict[str, int]] = {"AVIF": {"speed": 9}, "WEBP": {"method": 2}}
# Pillow's names. Some phones write two pictures into one file: Pillow opens such a file as JPEG and
# then sets its format to MPO.
FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "PNG", "WEBP")
HEIF, HEIF_MARK = "HEIF", b"ftyp"  # at byte 4; AVIF files have it too
EXTENSIONS = {"AVIF": "avif", "PNG": "png", "WEBP": "webp"}
# Bytes of memory per pixel that decoding takes at its peak: those of the decoding library plus
# those of the decoded picture. Measured with `bench/picture_memory.py`. A large JPEG is downscaled
# while it is decoded, but a progressive JPEG is held in memory at full size first.
DECODED_BYTES = {"AVIF": 12, "HEIF": 12, "JPEG": 7, "MPO": 7, "WEBP": 16}
MAX_DECODED_BYTES = 600_000_000
BAND_HEIGHT = 256  # pixels
LANCZOS_RADIUS = 3  # pixels of the smaller picture
Result = TypeVar("Result")
# What a file had besides the picture that is kept: frames of an animation, or other pictures.
LeftOut = Literal["", "frames", "pictures"]


class Unreadable(Exception):
    """Pillow cannot read the file."""


class TooManyPixels(Exception):
    """The picture has more pixels than `limit`."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(limit)


class DecodedPhotograph(NamedTuple):
    """The pixels and the metadata of a photograph."""

    image: Image.Image
    extension: str  # of the format to encode it in
    metadata: metadata.Metadata
    left_out: LeftOut


class EncodedPhotograph(NamedTuple):
    """The new file of a photograph, without metadata, and the metadata of the old file."""

    data: bytes
    extension: str
    metadata: metadata.Metadata
    left_out: LeftOut
    difference_hash: int | None


def check_head(data: bytes, max_pixels: int) -> None:
    """Check a photograph without decoding it. Raises Unreadable or TooManyPixels."""
    _try_to_complete(data, max_pixels, lambda image: _check_pixels(image, max_pixels))


def encode_again(data: bytes, max_pixels: int) -> EncodedPhotograph:
    """Decode a photograph and encode its pixels. Raises Unreadable or TooManyPixels."""
    decoded = _try_to_complete(data, max_pixels, lambda image: _decode(image, max_pixels))
    # Free the decoder first, because encoding may take as much memory as decoding did. Exceptions
    # within Pillow and the XML parser keep the decoder in reference cycles.
    gc.collect()
    written = BytesIO()
    format_ = {"jpg": "JPEG"}.get(decoded.extension, decoded.extension.upper())
    decoded.image.save(written, format_, quality=QUALITY, **FAST.get(format_, {}))
    encoded = written.getvalue()
    found = decoded.extension, decoded.metadata, decoded.left_out
    del decoded, written  # because the hash decodes the encoded file
    return EncodedPhotograph(encoded, *found, difference_hash(encoded))


def _try_to_complete(
    data: bytes, max_pixels: int, function: Callable[[ImageFile.ImageFile], Result]
) -> Result:
    """Call `function` with the picture in `data`. If unreadable, complete it and retry."""
    try:
        with _open(data, max_pixels) as image:
            return function(image)
    except Unreadable:
        if incomplete.is_png(data):
            return _try_incomplete_png(data, max_pixels, function)
    *paddings, last = incomplete.paddings(data)
    for padding in paddings:
        try:
            with _open(data + padding, max_pixels) as image:
                return function(image)
        except Unreadable:
            pass
    with _open(data + last, max_pixels) as image:
        return function(image)


def _try_incomplete_png(
    data: bytes, max_pixels: int, function: Callable[[ImageFile.ImageFile], Result]
) -> Result:
    with _open(data, max_pixels) as image:
        _check_pixels(image, max_pixels)  # first, because counting the pixels takes time
        if not incomplete.png_has_most_pixels(data):
            raise Unreadable
    with incomplete.missing_pixels_are_empty(), _open(data, max_pixels) as image:
        return function(image)


@contextmanager
def _open(data: bytes, max_pixels: int) -> Iterator[ImageFile.ImageFile]:
    """Open the picture in `data`; errors in the block become Unreadable."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are about metadata, which is discarded
            with Image.open(BytesIO(data), formats=_possible_formats(data)) as image:
                yield image
    except Image.DecompressionBombError as error:
        raise TooManyPixels(max_pixels) from error
    except (Unreadable, TooManyPixels, MemoryError):
        raise
    except Exception as error:
        # Pillow and its libraries document no exceptions: damaged files raise at least OSError,
        # SyntaxError, ValueError, RuntimeError, KeyError, IndexError and struct.error.
        raise Unreadable from error


def _possible_formats(data: bytes) -> tuple[str, ...]:
    if data[4:8] != HEIF_MARK:
        return FORMATS
    import pillow_heif

    pillow_heif.register_heif_opener()
    return *FORMATS, HEIF


def _check_pixels(image: Image.Image, max_pixels: int) -> None:
    max_pixels = min(max_pixels, MAX_DECODED_BYTES // DECODED_BYTES.get(str(image.format), 4))
    if image.width * image.height > max_pixels:
        raise TooManyPixels(max_pixels)


def _fit(size: tuple[int, int]) -> tuple[int, int]:
    ratio = min(1, MAX_EDGE / max(size))
    return max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))


def _decode(image: ImageFile.ImageFile, max_pixels: int) -> DecodedPhotograph:
    """Decode the first frame upright, resized and in sRGB."""
    _check_pixels(image, max_pixels)
    image.draft(None, _fit(image.size))  # a JPEG is downscaled while it is decoded
    image.load()
    found = metadata.read(image)
    left_out = _left_out(image)
    extension = EXTENSIONS.get(str(image.format)) or (
        "png" if image.has_transparency_data else "jpg"
    )
    extension = "png" if image.format == "GIF" else extension
    profile = image.info.get("icc_profile")
    transposition = metadata.read_transposition(image)
    scaled = _resize_by_bands(image)
    image.close()  # frees the memory of the decoded picture
    upright = scaled if transposition is None else scaled.transpose(transposition)
    plain = convert_to_srgb(upright, profile)
    plain.info = {}  # Pillow would write this metadata into the new file
    return DecodedPhotograph(plain, extension, found, left_out)


def _left_out(image: Image.Image) -> LeftOut:
    if not getattr(image, "is_animated", False) or image.format == "MPO":
        return ""  # the other pictures of an MPO file are previews and maps of depth
    return "pictures" if image.format == "HEIF" else "frames"


def _resize_by_bands(image: Image.Image) -> Image.Image:
    """Resize in bands, so that no converted copy of the whole picture is needed."""
    width, height = _fit(image.size)
    scale = image.height / height
    margin = math.ceil(LANCZOS_RADIUS * scale)
    mode = _convert_to_scalable_mode(image.crop((0, 0, 1, 1))).mode
    resized = Image.new(mode, (width, height))
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
