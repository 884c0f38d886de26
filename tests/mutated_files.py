"""Damaged files: seeded mutations of a sample of each format that people upload."""

import re
import struct
from collections.abc import Iterator
from io import BytesIO
from random import Random

from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from tests.pictures.sample_photographs import photograph, upright

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20" viewBox="0 0 30 20">'
    b'<style>.a{fill:red}</style><g id="b" transform="scale(1)"><rect class="a" width="3" '
    b'height="2"/></g><path d="M0 0h3v2z" fill="url(#b)"/></svg>'
)
# Bytes that mutations write into files.
WORDS = (
    *(b"0", b"-1", b"1e-9", b"1e999", b"nan", b"0.3", b"30vw", b"50%", b"", b"3em", b"none"),
    *(b"\0", b"\xff\xfe", b"<g>" * 300, b"&#0;", b"\xed\xa0\x80", b"\xe2\x80\xae"),
    *(b"{", b"[" * 2000, b"---\n", b"&a ", b"*a", b"!!python/none", b"> " * 500, b"```\n"),
)


def progressive_jpeg() -> bytes:
    data = BytesIO()
    upright().save(data, "JPEG", progressive=True, exif=wrong_exif())
    return data.getvalue()


def wrong_exif() -> bytes:
    """EXIF data with an orientation that needs a rotation, and with a tag of the wrong type."""
    tags = ImageFileDirectory_v2()
    tags[274] = 6
    tags.tagtype[271] = 12  # the maker as a double
    tags[271] = 3.5
    return b"Exif\0\0" + b"II*\0\x08\0\0\0" + tags.tobytes(8)


def palette_png() -> bytes:
    data = BytesIO()
    palette = upright().convert("P", palette=Image.Palette.ADAPTIVE)
    palette.save(data, "PNG", transparency=0)
    return data.getvalue()


PICTURES = {
    **{format_: photograph(format_) for format_ in ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF")},
    "progressive JPEG": progressive_jpeg(),
    "palette PNG": palette_png(),
    "SVG": SVG,
}


def mutate(data: bytes, random: Random) -> bytes:
    """Damage `data` in one to four places."""
    for _time in range(random.randint(1, 4)):
        data = random.choice((_overwrite, _overwrite, _cut, _repeat, _splice, _replace_value))(
            data, random
        )
    return data


def _overwrite(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data) + 1)
    length = random.choice((1, 1, 2, 4, 16))
    number = struct.pack(">I", random.choice(NUMBERS))
    new = random.choice((random.randbytes(length), number[-length:], random.choice(WORDS)))
    return data[:start] + new + data[start + len(new) :]


def _cut(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data) + 1)
    return data[:start] + data[start + random.choice((1, 4, 200, len(data))) :]


def _repeat(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data) + 1)
    return data[:start] + data[start : start + 50] * random.choice((2, 200)) + data[start:]


def _splice(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data) + 1)
    return data[:start] + random.choice([*PICTURES.values()])[start:]


def _replace_value(data: bytes, random: Random) -> bytes:
    """Replace the value of one attribute of a drawing, or of one field of a content file."""
    values = [*re.finditer(rb'(?<==")[^"]*|(?<=: )[^\n]+', data)]
    if not values:
        return data
    value = random.choice(values)
    return data[: value.start()] + random.choice(WORDS) + data[value.end() :]


NUMBERS = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF)


def damaged_pictures(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    random = Random(seed)  # noqa: S311
    for _number in range(count):
        name = random.choice([*PICTURES])
        yield name, mutate(PICTURES[name], random)
