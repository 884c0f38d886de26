"""Pictures with personal metadata: location, time, camera and creator."""

import struct
from io import BytesIO

from PIL import Image, ImageCms, ImageDraw
from PIL.PngImagePlugin import PngInfo

MARK = b"MariaLopez"
PLACE = (40.0, 26.0, 46.0)
CREATOR = "Ana Ruíz"
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
    ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/">'
    f"<dc:creator><rdf:Seq><rdf:li>{CREATOR}</rdf:li></rdf:Seq></dc:creator>"
    f"<dc:description>{MARK.decode()}</dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"
).encode()
EXTENSIONS = {"JPEG": "jpg", "HEIF": "heic"}


def upright() -> Image.Image:
    """An upright picture: red at the top, blue at the bottom."""
    image = Image.new("RGB", (90, 60), "red")
    ImageDraw.Draw(image).rectangle((0, 30, 90, 60), fill="blue")
    return image


def stands_upright(image: Image.Image) -> bool:
    middle, tenth = image.width // 2, image.height // 10
    above, below = (image.convert("RGB").getpixel((middle, y)) for y in (tenth, 8 * tenth))
    red, _green, blue = above  # type: ignore[misc]
    red_below, _green, blue_below = below  # type: ignore[misc]
    return image.width > image.height and red > 200 > blue and blue_below > 200 > red_below


def profile() -> bytes:
    """An sRGB profile whose description is the name of a person."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    text = "sRGB built-in".encode("utf-16-be")
    assert text in plain
    return plain.replace(text, MARK.ljust(len(text), b"."))


def exif(orientation: int = 1) -> Image.Exif:
    found = Image.Exif()
    found[271], found[272], found[306] = MARK.decode(), MARK.decode(), "2026:05:01 10:11:12"
    found[274], found[315] = orientation, CREATOR
    found.get_ifd(34665).update({37500: MARK, 36867: "2026:05:01 10:11:12"})  # maker note, time
    found.get_ifd(34853).update({1: "N", 2: PLACE})
    return found


def iptc() -> bytes:
    """A JPEG segment with a byline, as Photoshop writes it."""
    line = b"\x1c\x02\x50" + struct.pack(">H", len(MARK)) + MARK
    block = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(line)) + line + b"\0" * (len(line) % 2)
    body = b"Photoshop 3.0\x00" + block
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body


def photograph(format_: str) -> bytes:
    """A picture file with personal metadata of every kind that the format supports."""
    is_rotated = format_ in {"JPEG", "PNG", "WEBP"}  # the other formats have no orientation tag
    image = upright().transpose(Image.Transpose.ROTATE_90) if is_rotated else upright()
    data = BytesIO()
    if format_ == "GIF":
        image.save(data, "GIF", comment=MARK)
        return data.getvalue()
    more: dict = {"xmp": XMP}
    if format_ == "PNG":
        text = PngInfo()
        text.add_itxt("XML:com.adobe.xmp", XMP.decode())
        text.add_text("Author", MARK.decode())
        more = {"pnginfo": text}
    if format_ == "JPEG":
        more["comment"] = MARK
    written = exif(6 if is_rotated else 1).tobytes()
    image.save(data, format_, exif=written, icc_profile=profile(), quality=95, **more)
    found = data.getvalue()
    if format_ == "JPEG":
        found = found[:2] + iptc() + found[2:] + b"<script>" + MARK
    assert MARK in found
    return found


def name_for(format_: str) -> str:
    return f"maria-lopez-arrest.{EXTENSIONS.get(format_, format_.lower())}"
