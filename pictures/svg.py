"""Which drawings are safe to keep: an SVG is a document, and a document can hold a program."""

from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

SVG = "{http://www.w3.org/2000/svg}"
# Elements that run, embed or fetch. Names as in SVG 2, chapters 15 and 16, and its HTML guests.
REFUSED = {"script", "foreignobject", "iframe", "object", "embed", "audio", "video", "handler"}


def reason_to_refuse(data: bytes) -> str:
    """Why this drawing may not be kept, in one sentence; empty if it may."""
    try:
        root = fromstring(data)
    except DefusedXmlException:
        return _("The drawing defines XML entities, which can hide things in it.")
    except (ParseError, UnicodeDecodeError, ValueError, LookupError):
        return _("The file is damaged or is not an SVG drawing.")
    if root.tag != f"{SVG}svg":
        return _("The file is not an SVG drawing.")
    for element in root.iter():
        name = str(element.tag).rpartition("}")[2].lower()
        if name in REFUSED:
            return _("The drawing holds “%(name)s”, which could run a program.") % {"name": name}
        if name == "style" and _reaches_out(element.text or ""):
            return _("The drawing's styles fetch something from elsewhere.")
        for attribute, value in element.attrib.items():
            attribute = attribute.rpartition("}")[2].lower()
            if attribute.startswith("on"):
                return _("The drawing holds “%(name)s”, which could run a program.") % {
                    "name": attribute
                }
            if attribute in {"href", "src"} and not value.strip().startswith(("#", "data:image/")):
                return _("The drawing links to something outside itself.")
            if _reaches_out(value):
                return _("The drawing's styles fetch something from elsewhere.")
    return ""


def _reaches_out(style: str) -> bool:
    style = "".join(style.lower().split())
    return (
        "@import" in style
        or "javascript:" in style
        or any(not part.lstrip("'\"").startswith("#") for part in style.split("url(")[1:])
    )
