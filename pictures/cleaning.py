"""Takes out of a picture what its maker did not mean to publish: where, when and with what."""

from io import BytesIO

from PIL import Image, ImageOps

QUALITY = 92  # of formats that lose something; what readers get is encoded again, and smaller
KEPT = {"JPEG", "PNG", "WEBP", "AVIF"}  # written back as they came


def without_metadata(data: bytes) -> bytes:
    """The same picture, upright and with its colour profile, and nothing else in the file.

    Drawings, animations and formats that Pillow cannot write back stay as they are.
    """
    try:
        image = Image.open(BytesIO(data))
    except Image.UnidentifiedImageError:
        return data  # a drawing
    with image:
        if image.format not in KEPT or getattr(image, "is_animated", False):
            return data
        upright = ImageOps.exif_transpose(image)
        kept = {
            name: value
            for name, value in image.info.items()
            if name in {"icc_profile", "transparency"}
        }
        upright.info = {}
        clean = BytesIO()
        upright.save(clean, image.format, quality=QUALITY, **kept)
    return clean.getvalue()
