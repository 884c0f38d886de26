"""Checks that alt text is meaningful. The one list of what is not a description."""

import re
import unicodedata
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from pictures.models import Picture

# Characters that show nothing although Unicode counts them as letters, marks or symbols: Hangul
# fillers, the blank Braille pattern, Mongolian and other variation selectors, joiners.
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# One word that only a file has: with an underscore, a digit, a hyphen or an inner period.
FILE_NAME = re.compile(r"\S*(?:[-_\d]|\.\w)\S*")
FILE_EXTENSION = re.compile(
    r".*\.(?:jpe?g|png|webp|avif|gif|hei[cf]|svg|tiff?|bmp|dng|raw|cr2|nef|psd|pdf|mp4|mov)"
)
WORD = re.compile(r"[^\W\d_]+")
# Words without accents that describe nothing, however many of them are combined, in English and
# Spanish: kinds of pictures, what cameras, phones and programs call their files, and placeholders.
KINDS = """
image images imagen imagenes picture pictures pic pics photo photos photograph photographs
photography foto fotos fotografia fotografias portrait portraits retrato retratos graphic graphics
grafico graficos illustration illustrations ilustracion ilustraciones drawing drawings dibujo
dibujos icon icons icono iconos logo logos logotipo banner header hero thumbnail miniatura
background fondo portada snapshot selfie headshot collage panorama
"""
DEVICES = """
img dsc dscn dscf dcim mg pxl mvimg mvi vid pano burst gopr dji scan scanned escaneo escaneado
screen shot screenshot screenshots screencapture captura capturas pantalla bildschirmfoto capture
ecran
"""
PROGRAMS = """
whatsapp instagram facebook fb snapchat telegram messenger received signal ios iphone android adobe
stock adobestock shutterstock istock istockphoto getty gettyimages unsplash pexels pixabay canva
export design
"""
PLACEHOLDERS = """
file archivo fichero untitled title titulo alt text texto description descripcion caption
placeholder none null tbd todo name nombre
"""
CONNECTING = """
a an the of at in on from by for with and to no am pm copy final new edited version
un una unos unas el la los las de del en al y con por para sin mi su d copia nuevo nueva
"""
GENERIC = frozenset(f"{KINDS} {DEVICES} {PROGRAMS} {PLACEHOLDERS} {CONNECTING}".split())


def reason_to_refuse(picture: "Picture", caption: str = "", language: str = "") -> str:
    """Why this use of a picture may not be published, in one sentence; empty if it may.

    `language` is that of the page, which decides which alt text readers get.
    """
    if picture.decorative or (picture.is_decoration and not picture.contextual_alt_text):
        return ""
    language = language or settings.LANGUAGE_CODE
    alt = picture.contextual_alt_text or picture.alt_text_in(language)
    return reason_to_refuse_text(alt, caption, title=picture.title, language=language)


def reason_to_refuse_text(alt: str, caption: str = "", *, title: str, language: str) -> str:
    """As reason_to_refuse, for an alt text on its own."""
    if is_blank(alt):
        reason = _("The picture “%(title)s” has no alt text in %(language)s. Describe it.")
    elif is_generic(alt):
        reason = _("The alt text of “%(title)s” is a file name or a label. Describe what it shows.")
    elif _letters_and_digits(alt) == _letters_and_digits(caption):
        reason = _(
            "The alt text of “%(title)s” repeats its caption. Describe what the picture shows."
        )
    else:
        return ""
    return reason % {
        "title": title,
        "language": get_language_info(language)["name_translated"],
    }


def is_blank(alt: str) -> bool:
    """Whether nothing of it can be seen or read aloud."""
    return not visible_text(alt)


def is_generic(alt: str) -> bool:
    """Whether it is a file name, or has no word that says what is shown."""
    visible = visible_text(alt)
    if FILE_EXTENSION.fullmatch(visible) or FILE_NAME.fullmatch(visible):
        return True
    return all(word in GENERIC or _is_initial(word) for word in WORD.findall(visible))


def _is_initial(word: str) -> bool:
    return len(word) == 1 and word.isascii()


def _letters_and_digits(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", visible_text(text))


def visible_text(text: str) -> str:
    """`text` in lower case, without accents, invisible characters and repeated spaces."""
    text = unicodedata.normalize("NFKD", INVISIBLE.sub("", text)).casefold()
    kept = (
        " " if category[0] == "Z" or character.isspace() else character
        for character in text
        if (category := unicodedata.category(character)) not in {"Cf", "Cn", "Co", "Cs", "Mn"}
        and (category != "Cc" or character.isspace())
    )
    return " ".join("".join(kept).split())
