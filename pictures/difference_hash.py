"""Recognizes copies of a photograph that were scaled or compressed again.

The photograph is scaled to 8 rows of 9 gray pixels. Each bit of the hash says whether a pixel is
darker than its right neighbor. Scaling and compression hardly change these bits.

Hashing takes up to 400 MB of memory, so `pictures/decode.py` runs it in a process of its own, and
nothing here imports Django.
"""

from io import BytesIO
from itertools import pairwise

from PIL import Image

ROWS, COLUMNS = 8, 9
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
