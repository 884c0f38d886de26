"""How much of a photograph may be missing: `pictures/incomplete.py` has the rule."""

import struct
import zlib
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from PIL import Image, ImageChops, ImageStat

from pictures.cleaning import clean

SIZE = (400, 300)
GRADIENT = Image.merge(
    "RGB",
    [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.effect_noise((256, 256), 50)],
).resize(SIZE)


def encoded(format_: str, mode: str = "RGB", **options: object) -> bytes:
    data = BytesIO()
    GRADIENT.convert(mode).save(data, format_, **options)
    return data.getvalue()


def png(
    passes: tuple = ((0, 0, 1, 1),), depth: int = 8, piece: int = 1 << 30, damage: bytes = b""
) -> bytes:
    """A PNG that Pillow cannot write: with one IDAT chunk, interlaced, or with 16 bits.

    `piece` is the size of the IDAT chunks in bytes. `damage` is put in the middle of their content.
    """
    rows = b""
    for left, top, across, down in passes:
        for row in range(top, SIZE[1], down):
            channels = (GRADIENT.getpixel((x, row)) for x in range(left, SIZE[0], across))
            line = b"".join(bytes(channel) for channel in channels)  # type: ignore[arg-type]
            rows += b"\0" + (line if depth == 8 else b"".join(bytes([one, 0]) for one in line))
    compressor, half = zlib.compressobj(), len(rows) // 2
    pixels = compressor.compress(rows[:half]) + compressor.flush(zlib.Z_FULL_FLUSH) + damage
    pixels += compressor.compress(rows[half:]) + compressor.flush()
    head = struct.pack(">IIBBBBB", *SIZE, depth, 2, 0, 0, len(passes) > 1)
    parts = [pixels[start : start + piece] for start in range(0, len(pixels), piece)]
    chunks = [(b"IHDR", head), *((b"IDAT", part) for part in parts), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )


ADAM7 = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
FILES = {
    **{format_: encoded(format_) for format_ in ("JPEG", "WEBP", "AVIF", "HEIF", "BMP", "GIF")},
    "PNG": encoded("PNG"),
    "PNG of grays": encoded("PNG", "L"),
    "PNG with a palette": encoded("PNG", "P"),
    "PNG with one bit": encoded("PNG", "1"),
    "transparent PNG": encoded("PNG", "RGBA"),
    "uncompressed PNG": encoded("PNG", compress_level=0),
    "PNG with one chunk": png(),
    "PNG with small chunks": png(piece=1000),
    "PNG with 16 bits": png(depth=16),
    "interlaced PNG": png(ADAM7, piece=8192),
    "progressive JPEG": encoded("JPEG", progressive=True),
    "lossless WebP": encoded("WEBP", lossless=True),
}
LOSSLESS, PROGRESSIVE = {"lossless WebP"}, {"progressive JPEG"}
LOSSY = {"JPEG", "WEBP", "AVIF", "HEIF"}
# How much of a file is left (all but 33 bytes, or a part), and which files are then refused.
CASES = [(-33, LOSSLESS), (0.95, LOSSLESS), *((p, FILES.keys() - PROGRESSIVE) for p in (0.75, 0.5))]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("part", "refused"), CASES, ids=[str(part) for part, _refused in CASES])
def test_rule_for_incomplete_photographs(name: str, part: float, refused: set[str]) -> None:
    data = FILES[name]
    short = data[: part if part < 0 else int(len(data) * part) + 1]  # type: ignore[misc]
    if name in refused:
        with pytest.raises(ValidationError, match="damaged"):
            clean(short)
        return
    # Compare only rows that are left in every format. Most formats lose their last rows, and a BMP
    # its first. An interlaced PNG loses some rows of its last third, because its last pass has half
    # of the pixels.
    rows = (0, 32, SIZE[0], SIZE[1] * 2 // 3)
    whole, found = (
        Image.open(BytesIO(clean(each).data)).convert("RGB").crop(rows) for each in (data, short)
    )
    difference = ImageStat.Stat(ImageChops.difference(whole, found)).mean
    assert max(difference) < (6 if name in PROGRESSIVE else 3 if name in LOSSY else 0.01)


@pytest.mark.parametrize("piece", [1 << 30, 1000])
def test_png_with_damage_in_the_middle_is_refused(piece: int) -> None:
    with pytest.raises(ValidationError, match="damaged"):
        clean(png(piece=piece, damage=b"\xff" * 8))
    assert clean(png(piece=piece)).data
