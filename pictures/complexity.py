"""Refuses files that would take minutes to read. Real pictures have far fewer parts."""

import re

MAX_SCANS = 30  # in a JPEG; real ones have one, or about ten if they are progressive
MAX_SEGMENTS = 1000  # of metadata in a JPEG; Pillow joins them one after another
MAX_FILLING = 1000  # bytes between the segments of a JPEG; Pillow reads each of them in Python
MAX_COMMENTS = 1000  # of a GIF; Pillow joins them too
MAX_CHUNKS = 20_000  # in a PNG; a file of 40 MB with chunks of 8 KB has 5,000
# Any marker but a restart. In the data of a scan, 0 or the number of a restart follows each 0xFF.
MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
START_OF_SCAN, END_OF_IMAGE = b"\xda", b"\xd9"


def is_too_complex(data: bytes) -> bool:
    if data.startswith(b"\xff\xd8"):
        return _has_many_segments(data)
    if data.startswith(b"\x89PNG"):
        return _has_many_chunks(data)
    if data.startswith(b"GIF8"):
        return data.count(b"\x21\xfe") > MAX_COMMENTS
    # A compressed BMP, which Pillow decodes in Python.
    return data.startswith(b"BM") and data[30:34] in (b"\1\0\0\0", b"\2\0\0\0")


def _has_many_segments(data: bytes) -> bool:
    """Whether a JPEG has too many scans, or segments, or bytes between two segments.

    A video appended to the JPEG is not searched.
    """
    position, scans, segments, in_scan = 2, 0, 0, False
    while marker := MARKER.search(data, position):
        if marker[1] == END_OF_IMAGE:
            break
        segments += 1
        scans += marker[1] == START_OF_SCAN
        is_filled = not in_scan and marker.start() - position > MAX_FILLING
        if is_filled or scans > MAX_SCANS or segments > MAX_SEGMENTS:
            return True
        in_scan = marker[1] == START_OF_SCAN
        position = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2])
    return False


def _has_many_chunks(data: bytes) -> bool:
    position = 8
    for _chunk in range(MAX_CHUNKS):
        if position >= len(data):
            return False
        position += 12 + int.from_bytes(data[position : position + 4])
    return True
