"""Which incomplete photographs are accepted: those that lack up to a twentieth of their bytes.

In every format, such a photograph is accepted if its decoder can show the bytes that are there. A
photograph that lacks a quarter or more is refused as damaged, except for a progressive JPEG, whose
earlier scans show the whole picture.

Chromium 156 shows any incomplete JPEG, PNG, GIF or BMP file and leaves the rest empty. We refuse
those that lack too much, because a picture without its lower part is no picture. Chromium shows no
incomplete WebP or AVIF file. We accept some of them, but a lossless WebP file must be complete.
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import ImageFile

MIN_PADDING = 2000  # bytes
PROGRESSIVE_MARKER, END_MARKER = b"\xff\xc2", b"\xff\xd9"
MIN_PART = 0.9  # of the pixels of a PNG; a twentieth of its bytes may hold more than a twentieth
PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by color type
# First column and row, and distance of columns and rows, of each pass of an interlaced PNG.
PNG_PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
PIECE_SIZE, MAX_INFLATED = 1 << 14, 1 << 20  # bytes


def paddings(data: bytes) -> Iterator[bytes]:
    """Endings to try, one after the other, for an incomplete file that is not a PNG."""
    if data.startswith(b"GIF8"):  # a length comes before each block; decoders skip empty blocks
        yield bytes(254) + (b"\xff" + bytes(255)) * (1 + len(data) // 640)
    else:
        yield bytes(max(MIN_PADDING, len(data) // 4))
    if PROGRESSIVE_MARKER in data:
        yield END_MARKER


def is_png(data: bytes) -> bool:
    return data.startswith(PNG_START)


def png_has_most_pixels(data: bytes) -> bool:
    """Whether at least MIN_PART of the pixels of an incomplete PNG can be decompressed."""
    wanted = MIN_PART * _png_size(data)
    found, decompressor = 0, zlib.decompressobj()
    try:
        for piece in _png_pieces(data):
            while piece and found < wanted:
                found += len(decompressor.decompress(piece, MAX_INFLATED))
                piece = decompressor.unconsumed_tail
    except zlib.error:
        pass
    return found >= wanted


def _png_size(data: bytes) -> int:
    """How many bytes all rows have when decompressed, each with its filter byte."""
    width, height, depth, color_type, interlaced = struct.unpack(">IIBB2xB", data[16:29])
    bits = depth * PNG_CHANNELS[color_type]
    total = 0
    for left, top, across, down in PNG_PASSES if interlaced else [(0, 0, 1, 1)]:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total


def _png_pieces(data: bytes) -> Iterator[bytes]:
    position = len(PNG_START)
    while position + 8 <= len(data):
        length, name = struct.unpack(">I4s", data[position : position + 8])
        end = min(position + 8 + length, len(data))
        if name == b"IDAT":
            for start in range(position + 8, end, PIECE_SIZE):
                yield data[start : min(start + PIECE_SIZE, end)]
        position += 12 + length


@contextmanager
def missing_pixels_are_empty() -> Iterator[None]:
    """Let Pillow decode incomplete files within the block.

    The setting applies to the whole process, but uploads are decoded in a process of their own
    (`pictures/decode.py`).
    """
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
