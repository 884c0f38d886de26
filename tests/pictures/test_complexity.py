"""Files that would take minutes to read are refused at once."""

import struct
import time
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from pictures.cleaning import check_photograph, clean


def encoded(format_: str, **options: bool) -> bytes:
    data = BytesIO()
    Image.new("L", (300, 200), 100).save(data, format_, **options)
    return data.getvalue()


def with_scans(count: int) -> bytes:
    """A progressive JPEG whose last scan is repeated."""
    data = encoded("JPEG", progressive=True)
    scan = data[data.rfind(b"\xff\xc4", 0, data.rfind(b"\xff\xda")) : -2]
    return data[:-2] + scan * count + data[-2:]


def segment(marker: bytes, content: bytes) -> bytes:
    return marker + struct.pack(">H", len(content) + 2) + content


def after_start(part: bytes, count: int) -> bytes:
    data = encoded("JPEG")
    return data[:2] + part * count + data[2:]


def chunk(name: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + checksum


def with_chunks(part: bytes, count: int) -> bytes:
    data = encoded("PNG")
    start = data.index(b"IDAT") - 4
    return data[:start] + part * count + data[start:]


def with_comments(count: int) -> bytes:
    data = encoded("GIF")
    start = data.index(b"\x2c\0\0\0\0")
    return data[:start] + b"\x21\xfe\x01a\0" * count + data[start:]


def bmp(kind: int) -> bytes:
    """An uncompressed BMP if `kind` is 1; a run-length encoded BMP if it is 2."""
    data = bytearray(encoded("BMP"))
    data[30] = kind - 1
    return bytes(data)


# Each row has a function that makes a file, an argument with which the file is accepted, and an
# argument with which it is refused. The argument is the number of repeated parts, except for BMP.
TABLE: list[tuple[Callable[[int], bytes], int, int]] = [
    (with_scans, 5, 200),
    (lambda count: after_start(segment(b"\xff\xe1", b"Exif\0\0a"), count), 20, 500_000),
    (lambda count: after_start(segment(b"\xff\xe2", bytes(60_000)), count), 300, 1_100),
    (lambda count: after_start(b"\xff", count), 100, 20_000_000),
    (lambda count: with_chunks(chunk(b"tEXt", b"a\0b"), count), 1000, 500_000),
    (lambda count: with_chunks(chunk(b"IDAT", b""), count), 1000, 500_000),
    (with_comments, 100, 300_000),
    (bmp, 1, 2),
]


@pytest.mark.parametrize(("make", "few", "many"), TABLE)
def test_file_with_too_many_parts_is_refused_at_once(
    make: Callable[[int], bytes], few: int, many: int
) -> None:
    assert clean(make(few)).data
    data = make(many)
    start = time.process_time()
    for function in (clean, lambda data: check_photograph(data, 25_000_000)):
        with pytest.raises(ValidationError, match="damaged"):
            function(data)
    assert time.process_time() - start < 2


def test_video_after_the_picture_is_not_counted_as_parts() -> None:
    assert clean(encoded("JPEG") + b"\xff\xda\0\2" * 100_000).data
