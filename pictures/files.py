"""Which files may become pictures."""

import warnings
from io import BytesIO
from pathlib import PurePath

import pillow_heif
from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from pictures import svg

pillow_heif.register_heif_opener()
FORMATS = {"jpg": "JPEG", "heic": "HEIF"}  # where the ending is not Pillow's own name


def reason_to_refuse(name: str, data: bytes) -> str:
    """Why a file of this name and content may not become a picture, in one sentence; else empty."""
    ending = PurePath(name).suffix.lower().lstrip(".")
    if ending not in settings.WAGTAILIMAGES_EXTENSIONS:
        return _("A picture's name ends with one of: %(endings)s.") % {
            "endings": ", ".join(settings.WAGTAILIMAGES_EXTENSIONS)
        }
    if ending == "svg":
        return svg.reason_to_refuse(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data)) as image:
                if image.width * image.height > settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS:
                    return _("The picture has more pixels than this site takes.")
                if image.format != FORMATS.get(ending, ending.upper()):
                    return _("The file is not what its name says.")
                image.load()
    except Image.DecompressionBombError:
        return _("The picture has more pixels than this site takes.")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return _("The file is damaged or is not a picture.")
    return ""
