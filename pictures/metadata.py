"""Reads a photograph's metadata once, to tell the editor what was removed.

Imports no Django, because `pictures/decode.py` must start fast.
"""

from contextlib import suppress
from typing import IO, NamedTuple
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from PIL import Image, ImageFile, IptcImagePlugin
from PIL.ExifTags import IFD, Base
from PIL.TiffImagePlugin import ImageFileDirectory_v2

CAMERA = {
    *(Base.Make, Base.Model, Base.Software, Base.MakerNote, Base.BodySerialNumber),
    *(Base.CameraOwnerName, Base.LensMake, Base.LensModel, Base.LensSerialNumber),
}
TIME = {Base.DateTime, Base.DateTimeOriginal, Base.DateTimeDigitized}
TEXT = {Base.ImageDescription, Base.Artist, Base.Copyright, Base.UserComment, Base.XPComment}
IPTC_BYLINE = (2, 80)
# The transposition that makes a picture upright, for each EXIF orientation.
# `ImageOps.exif_transpose` would also write the EXIF data again, which fails if a tag has a value
# of the wrong type.
TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
MAX_BYTES = 500_000  # limit for XMP and for each EXIF directory; cameras write less than 64 KB


class _LimitedFile:
    """Reads MAX_BYTES of `file` at most."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._left = file, MAX_BYTES
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int) -> bytes:
        self._left -= size
        if self._left < 0:
            raise OSError("The EXIF directory is too large.")
        return self._file.read(size)


_load = ImageFileDirectory_v2.load


def _load_with_limit(self: ImageFileDirectory_v2, fp: IO[bytes]) -> None:
    """Load an EXIF directory up to MAX_BYTES; Pillow keeps what it has read before an OSError.

    Thousands of entries may refer to the same megabyte, and Pillow copies it for each entry. Pillow
    reads the EXIF data of all formats with this method. For JPEG and AVIF, it does so on opening.
    """
    _load(self, _LimitedFile(fp))  # type: ignore[arg-type]


ImageFileDirectory_v2.load = _load_with_limit  # type: ignore[method-assign]


class Metadata(NamedTuple):
    byline: str = ""
    types: tuple[str, ...] = ()  # of metadata: "location", "camera", "time" or "text"


def read(image: ImageFile.ImageFile) -> Metadata:
    """Return the byline of `image` and the types of metadata found in it."""
    # The metadata is discarded, so an error in it must not stop an upload.
    with suppress(Exception):
        return _read(image)
    return Metadata()


def read_transposition(image: Image.Image) -> Image.Transpose | None:
    with suppress(Exception):  # damaged EXIF
        return TRANSPOSITIONS.get(image.getexif().get(Base.Orientation, 1))
    return None


def read_byline(root: Element) -> str:
    """Return the creator named in XMP or in SVG metadata."""
    creator = root.find(f".//{CREATOR}")
    return clean_text(" ".join(creator.itertext())) if creator is not None else ""


def clean_text(text: str) -> str:
    return " ".join(text.replace("\0", " ").split())


def _read(image: ImageFile.ImageFile) -> Metadata:
    exif = image.getexif()
    exif_ifd = exif.get_ifd(IFD.Exif)
    tags = {*exif, *exif_ifd}
    xmp = image.info.get("xmp") or b""
    iptc = IptcImagePlugin.getiptcinfo(image) or {}
    text = image.info.get("comment") or getattr(image, "text", {})  # PNG text
    types = {
        "location": bool(exif.get_ifd(IFD.GPSInfo)) or b"GPS" in xmp,
        "camera": bool(tags & CAMERA) or b"tiff:Make" in xmp,
        "time": bool(tags & TIME) or b"CreateDate" in xmp,
        "text": bool(tags & TEXT or xmp or iptc or text),
    }
    byline = ""
    if len(xmp) <= MAX_BYTES:
        with suppress(Exception):  # damaged XMP
            byline = read_byline(fromstring(xmp))
    byline = byline or _iptc(iptc.get(IPTC_BYLINE)) or _artist(exif.get(Base.Artist))
    return Metadata(byline, tuple(name for name, found in types.items() if found))


def _iptc(value: bytes | list[bytes] | None) -> str:
    names = value if isinstance(value, list) else [value or b""]
    return clean_text(", ".join(name.decode("utf-8", "replace") for name in names))


def _artist(value: object) -> str:
    """Decode the EXIF artist. Pillow reads it as Latin-1, but cameras write UTF-8."""
    text = str(value or "")
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return clean_text(text)
