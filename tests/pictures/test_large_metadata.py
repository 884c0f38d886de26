"""Metadata that would take a gigabyte of memory is not read, and the picture is cleaned."""

import struct
import tracemalloc
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from pictures.cleaning import check_photograph, clean
from pictures.photographs import encode_again
from tests.pictures import sample_photographs

FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"]
MAX_MEMORY = 60_000_000  # bytes
ORIENTATION, EXIF_IFD, UNDEFINED, SHORT, LONG = 274, 34665, 7, 3, 4


def directory(*entries: tuple[int, int, int, int]) -> bytes:
    packed = b"".join(struct.pack("<HHLL", *entry) for entry in sorted(entries))
    return struct.pack("<H", len(entries)) + packed + bytes(4)


def overlapping(count: int, size: int) -> list[tuple[int, int, int, int]]:
    """Entries that all refer to the same bytes."""
    return [(40_000 + number, UNDEFINED, size, 8) for number in range(count)]


def exif(size: int) -> bytes:
    content = directory((ORIENTATION, SHORT, 1, 6), *overlapping(1000, size))
    return b"II*\0\x08\0\0\0" + content.ljust(size + 8, b"\0")


def exif_ifd(size: int) -> bytes:
    start = directory((ORIENTATION, SHORT, 1, 6), (EXIF_IFD, LONG, 1, 38))
    content = start + directory(*overlapping(1000, size))
    return b"II*\0\x08\0\0\0" + content.ljust(size + 8, b"\0")


def segments(marker: bytes, name: bytes, content: bytes) -> bytes:
    parts = (content[start : start + 65_000] for start in range(0, len(content), 65_000))
    return b"".join(
        marker + struct.pack(">H", len(name + part) + 2) + name + part for part in parts
    )


def with_exif(format_: str, content: bytes) -> bytes:
    image = sample_photographs.upright().transpose(Image.Transpose.ROTATE_90)
    data = BytesIO()
    if format_ == "JPEG":
        image.save(data, format_)
        # Leave out the JFIF segment: without its resolution, Pillow reads the resolution in EXIF.
        end = 4 + int.from_bytes(data.getvalue()[4:6])
        return b"\xff\xd8" + segments(b"\xff\xe1", b"Exif\0\0", content) + data.getvalue()[end:]
    image.save(data, format_, exif=content)
    return data.getvalue()


def with_second_picture(content: bytes) -> bytes:
    data = BytesIO()
    sample_photographs.upright().save(data, "JPEG")
    segment = segments(b"\xff\xe2", b"MPF\0", content)
    return data.getvalue()[:2] + segment + data.getvalue()[2:]


def with_xmp(format_: str) -> bytes:
    data = BytesIO()
    content = b"<x>" + b'<a b=""/>' * 300_000 + b"</x>"
    sample_photographs.upright().save(data, format_, xmp=content)
    return data.getvalue()


@pytest.mark.parametrize(
    "make",
    [
        *(lambda format_=format_: with_exif(format_, exif(500_000)) for format_ in FORMATS),
        *(lambda format_=format_: with_exif(format_, exif_ifd(500_000)) for format_ in FORMATS),
        lambda: with_second_picture(exif(64_000)),
        *(lambda format_=format_: with_xmp(format_) for format_ in ("WEBP", "AVIF", "HEIF")),
    ],
)
def test_large_metadata_takes_little_memory(make: Callable[[], bytes]) -> None:
    data = make()
    tracemalloc.start()
    try:
        check_photograph(data, 25_000_000)
        # Called here, because tracemalloc does not measure the process that `clean` starts.
        encode_again(data, 25_000_000)
        assert tracemalloc.get_traced_memory()[1] < MAX_MEMORY
    finally:
        tracemalloc.stop()
    assert sample_photographs.stands_upright(Image.open(BytesIO(clean(data).data)))
