"""Converts pictures from the color space of their ICC profile to sRGB."""

from io import BytesIO

from PIL import Image, ImageCms

MAX_SIZE = 4 << 20  # bytes; Firefox reads no larger profiles, and those of printers have 1 to 3 MB
HEADER_SIZE, ENTRY_SIZE = 128, 12  # bytes
MAX_TAGS = 100  # LittleCMS reads no profile with more
# Tags with any number of processing elements. No browser reads them, and LittleCMS would read them
# before all others: a profile of 700 bytes can refer to the same element thousands of times.
ELEMENT_TAGS = {b"D2B0", b"D2B1", b"D2B2", b"D2B3", b"B2D0", b"B2D1", b"B2D2", b"B2D3"}
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def convert_to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert to sRGB and drop the color profile, whose text may name someone."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile and len(profile) <= MAX_SIZE:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(_without_elements(profile)))
            # A grayscale profile applies only to grayscale pixels.
            if source.profile.xcolor_space.strip() == "GRAY" and mode == "RGB":
                image = image.convert("L")
            return ImageCms.profileToProfile(image, source, SRGB, outputMode=mode) or image
        except (OSError, ImageCms.PyCMSError):
            pass  # invalid or unsuitable profile: keep the colors as they are, as browsers do
    return image.convert(mode)


def _without_elements(profile: bytes) -> bytes:
    """Rename the tags in ELEMENT_TAGS, so that LittleCMS reads the tags that browsers read."""
    changed = bytearray(profile)
    count = int.from_bytes(profile[HEADER_SIZE : HEADER_SIZE + 4])
    start = HEADER_SIZE + 4
    for position in range(start, start + ENTRY_SIZE * min(count, MAX_TAGS), ENTRY_SIZE):
        if profile[position : position + 4] in ELEMENT_TAGS:
            changed[position] = ord("x")
    return bytes(changed)
