"""Checks that alt text describes the picture and is not a file name or a label."""

import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from consent.character_references import unescape
from consent.languages import language_in_sentence
from consent.normalization import visible_text

if TYPE_CHECKING:
    from pictures.models import Picture

FOOTNOTE_NUMBERS = re.compile("[\u00b9\u00b2\u00b3\u2070\u2074-\u2079]")
HTML_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
# Matches file names, paths and URLs, in lower case.
FILE_NAMES = re.compile(
    r"""
    .*\w\.(?:jpe?g|jfif|jxl|png|webp|avif|gif|hei[cf]|svg|tiff?|bmp|dng|raw|raf|cr[23]|nef|arw|orf
           |rw2|psd|pdf|docx?|mp4|mov|webm)\b.*
    | (?:[a-z]:)?[\\/].* | (?:https?:|www\.)\S.*  # a path or URL
    | \S*\w_\S*(?:\ .*)?  # begins with a word that contains an underscore
    | .*\ (?:jpe?g|png|heic|webp)
    | (?=\S+$)(?:\D*\d){4}.*  # one word with four digits
    | (?:[\da-f][\ {}-]?){16,}  # a hash or UUID
    """,
    re.VERBOSE,
)
SLUG = re.compile(r"[a-z]+(?:-[a-z]+){2,}")  # such as ana-ruiz-may
# Parts of compound words such as six-year-old. A text with one of these parts does not count as a
# slug.
COMPOUND = """
and at by for from in of off on or out over the to up with y de del en la
down free half high home last life like line long low made mid non old one only post pre run saving
self six seven eight nine ten two three four five step term time well
day days week weeks month months year years hour hours
"""
AGENCIES = (
    "afp|alamy|ap|efe|epa|flickr|getty(?:\\ images)?|istock|pexels|reuters|shutterstock|unsplash"
)
CREDIT = re.compile(
    rf"""
    (?:photo(?:graph)?|foto(?:grafia)?|picture|image|imagen|illustration|ilustracion)s?
      (?:\ ?[:|©]|\ (?:by|por|credits?|creditos?|courtesy|cortesia|copyright|via)\b).*
    | (?:(?:photo|image|picture)\ )?credits?\ ?:.* | creditos?\ ?:.* | photographer\ ?:.*
    | fotograf[ao]\ ?:.* | (?:with\ )?courtesy\ of\ .* | (?:por\ )?cortesia\ de\ .*
    | (?:©|\(c\)|copyright\b|derechos\ reservados|all\ rights\ reserved).* | .*©(?:\ ?\d+)?
    | [^/]*(?:/|\ via)\ ?(?:{AGENCIES}) | (?:{AGENCIES})\ ?(?:(?:photo|images)\ ?)?/.*
    """,
    re.VERBOSE,
)
PLACEHOLDER = re.compile(r"lorem ipsum.*")
ABBREVIATION = re.compile(r"(?:[a-z]\.){2,}")  # such as L.A.
MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto"
    "|septiembre|octubre|noviembre|diciembre"
)
DATE = re.compile(rf"\b(?:{MONTHS}) (?=\d)|(?<=\d )(?:de )?(?:{MONTHS})\b")
WORD = re.compile(r"[^\W\d_]+")
# Words that describe nothing, even in combination: types of pictures, names that cameras, phones
# and programs give to files, placeholders, and connecting words. Most are English or Spanish. All
# are written without accents.
KINDS = """
image images imagen imagenes picture pictures pic pics photo photos photograph photographs
photography foto fotos fotografia fotografias portrait portraits retrato retratos graphic graphics
grafico graficos illustration illustrations ilustracion ilustraciones drawing drawings dibujo
dibujos icon icons icono iconos logo logos logotipo banner header hero thumbnail miniatura
background fondo portada snapshot selfie headshot collage panorama chart graph clipart video videos
slide slides diapositiva page pagina figure figura fig doc document documento avatar profile perfil
bild
"""
DEVICES = """
img dsc dscn dscf dcim mg pxl mvimg mvi vid pano burst gopr dji scan scanned escaneo escaneado
screen shot screenshot screenshots screencapture captura capturas pantalla bildschirmfoto capture
ecran pantallazo schermata wa camscanner snapseed picsart
jpg jpeg png gif svg webp heic pdf
"""
PROGRAMS = """
whatsapp instagram facebook fb snapchat telegram messenger received signal ios iphone android adobe
stock adobestock shutterstock istock istockphoto getty gettyimages unsplash pexels pixabay canva
export design diseno
"""
PLACEHOLDERS = """
file archivo fichero untitled title titulo alt text texto description descripcion caption
placeholder none null tbd todo name nombre unnamed here aqui insert see ver pie above same missing
decorative decoration decorativo decorativa decoracion empty blank test prueba unknown desconocido
"""
CONNECTING = """
a an the of at in on from by for with and to as no am pm um alle my our this that these
un una unos unas el la los las de del en al y con por para sin mi su d este esta estas otro otra
copy final new edit edited crop cropped version large medium small main featured first another
copia nuevo nueva editado editada recortado recortada grande principal destacada primera
"""
COMPOUND_WORDS = frozenset(COMPOUND.split())
GENERIC = frozenset(f"{KINDS} {DEVICES} {PROGRAMS} {PLACEHOLDERS} {CONNECTING}".split())


def reason_to_refuse(picture: "Picture", caption: str = "", language: str = "") -> str:
    """Why this use of a picture may not be published, in one sentence; empty if it may be.

    `language` is the language of the page: readers get the alt text in that language.
    """
    if picture.decorative or (picture.is_decoration and not picture.block_alt_text):
        return ""
    language = language or settings.LANGUAGE_CODE
    alt = picture.block_alt_text or picture.alt_text_in(language)
    return reason_to_refuse_text(alt, caption, title=picture.title, language=language)


def reason_to_translate(picture: "Picture", language: str, *, in_block: bool) -> str:
    """Why a picture may not be published on a page in `language`; empty if it may be.

    It may not be published if readers would get its alt text in the main language instead. If
    `in_block`, the sentence also names the field for an alt text that belongs to the block.
    """
    if not picture.fallback_alt_language(language):
        return ""
    reason = _(
        "The picture “%(title)s” has no alt text in %(language)s. Choose “Edit this image” and "
        "write it in the field “%(field)s”. If you may not edit the picture, ask an editor."
    )
    if in_block:
        reason = _(
            "The picture “%(title)s” has no alt text in %(language)s. Write it in the field “Alt "
            "text” below the picture, or choose “Edit this image” and write it in “%(field)s”."
        )
    return reason % {
        "title": picture.title,
        "language": language_in_sentence(language),
        "field": description_label(language),
    }


def description_label(language: str) -> str:
    """The label of the field for a picture's alt text in a language other than the main one."""
    return _("Description ({language})").format(language=dict(settings.LANGUAGES)[language])


def reason_to_refuse_text(alt: str, caption: str = "", *, title: str, language: str) -> str:
    """Like `reason_to_refuse`, for an alt text without a picture."""
    alt, caption = _without_html(alt), _without_html(caption)
    if is_blank(alt):
        reason = _("The picture “%(title)s” has no alt text in %(language)s. Describe it.")
    elif CREDIT.fullmatch(visible_text(alt)):
        reason = _(
            "The alt text of “%(title)s” is a credit. Describe what the picture shows, and write "
            "who made it in the field “Credit”."
        )
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
        "language": language_in_sentence(language),
    }


def is_blank(alt: str) -> bool:
    """Whether `alt` has nothing that can be seen or read aloud."""
    return not visible_text(alt)


def is_generic(alt: str) -> bool:
    """Whether `alt` is a file name, or has no word that says what the picture shows."""
    visible = visible_text(alt)
    if ABBREVIATION.fullmatch(visible):
        return False
    if any(names.fullmatch(visible) for names in (FILE_NAMES, PLACEHOLDER)):
        return True
    if SLUG.fullmatch(visible) and COMPOUND_WORDS.isdisjoint(visible.split("-")):
        return True
    words = WORD.findall(DATE.sub("", visible))
    return all(word in GENERIC or _is_initial(word) for word in words)


def _is_initial(word: str) -> bool:
    return len(word) == 1 and word.isascii()


def _without_html(text: str) -> str:
    return HTML_TAG.sub(" ", unescape(text))


def _letters_and_digits(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", visible_text(FOOTNOTE_NUMBERS.sub("", text)))
