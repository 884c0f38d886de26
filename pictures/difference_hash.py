"""Recognizes copies of a photograph that were scaled or compressed again.

The photograph is scaled to 8 rows of 9 gray pixels. Each bit says whether a pixel is darker than
the one to its right, which scaling and compression hardly change.
"""

from io import BytesIO
from itertools import pairwise
from typing import Any, Protocol

from django.db.models import F, Func, IntegerField, Q
from django.db.models.lookups import LessThanOrEqual
from PIL import Image

ROWS, COLUMNS = 8, 9
MAX_DISTANCE = 6  # bits. Copies differ in up to 3 bits, different photographs in about 32.
MIN_CONTRAST = 16  # of 255. With less contrast, the bits are noise.


def difference_hash(data: bytes) -> int | None:
    """The hash of a picture file as a signed 64-bit integer; None for a plain area."""
    with Image.open(BytesIO(data)) as image:
        # Decoding a JPEG at a smaller size is faster.
        image.draft(None, (COLUMNS * 16, ROWS * 16))
        if image.has_transparency_data:
            white = Image.new("RGBA", image.size, "white")
            white.alpha_composite(image.convert("RGBA"))
            gray = white.convert("L")
        else:
            gray = image.convert("L")
        pixels = gray.resize((COLUMNS, ROWS), Image.Resampling.LANCZOS).tobytes()
    if max(pixels) - min(pixels) < MIN_CONTRAST:
        return None
    rows = (pixels[start : start + COLUMNS] for start in range(0, len(pixels), COLUMNS))
    bits = "".join("1" if left < right else "0" for row in rows for left, right in pairwise(row))
    return int.from_bytes(int(bits, 2).to_bytes(8), signed=True)


class Hashed(Protocol):
    """A picture, a former file of a picture, or an upload."""

    file_hash: str
    difference_hash: int | None


def shows_same(file: Hashed) -> Q:
    """The condition for rows with the same file, or with a scaled or recompressed copy of it."""
    same = Q(file_hash=file.file_hash)
    if file.difference_hash is not None:
        distance = HashDistance("difference_hash", file.difference_hash)
        same |= Q(LessThanOrEqual(distance, MAX_DISTANCE))
    return same


class HashDistance(Func):
    """The number of bits in which two difference hashes differ."""

    template = "bit_count((%(expressions)s)::bit(64))"
    output_field = IntegerField()

    def __init__(self, field: str, value: int, **extra: Any) -> None:
        super().__init__(F(field).bitxor(value), **extra)
