"""Which drawings are safe to keep: an SVG is a document, and a document can hold a program."""

import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

SVG = "{http://www.w3.org/2000/svg}"
# Elements that run, embed or fetch: SVG 2, chapters 15 and 16.
RUNS = {"script", "foreignobject", "iframe", "object", "embed", "audio", "video", "handler"}
ANIMATES = {"set", "animate", "animatemotion", "animatetransform"}
INSIDE = re.compile(r"#|data:image/(?:png|jpeg|webp|gif)[;,]", re.IGNORECASE)
FETCHES = re.compile(
    r"@import|javascript:|image-set|\\|url\((?!['\"]?(?:#|data:image/(?:png|jpeg|webp|gif)[;,]))"
)


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
    if b"<?xml-stylesheet" in data.lower():  # the parser drops it, a browser obeys it
        return _("The drawing's styles fetch something from elsewhere.")
    return next(filter(None, map(_reason, root.iter())), "")


def _reason(element: Element) -> str:
    name = str(element.tag).removeprefix(SVG)
    if name.startswith("{"):
        return _("The drawing holds “%(name)s”, which is not SVG: save it as plain SVG.") % {
            "name": name.rpartition("}")[2]
        }
    if name.lower() in RUNS:
        return _("The drawing holds “%(name)s”, which could run a program.") % {"name": name}
    if name == "style" and _fetches("".join(element.itertext())):
        return _("The drawing's styles fetch something from elsewhere.")
    for attribute, value in element.attrib.items():
        attribute = attribute.rpartition("}")[2].lower()
        if attribute.startswith("on"):
            return _("The drawing holds “%(name)s”, which could run a program.") % {
                "name": attribute
            }
        if attribute in {"href", "src"} and not INSIDE.match(value.strip()):
            return _("The drawing links to something outside itself.")
        if name.lower() in ANIMATES and attribute == "attributename" and "href" in value.lower():
            return _("The drawing changes its links while it is shown.")
        if _fetches(value):
            return _("The drawing's styles fetch something from elsewhere.")
    return ""


def _fetches(style: str) -> bool:
    return bool(FETCHES.search("".join(style.lower().split())))
