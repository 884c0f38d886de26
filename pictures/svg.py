"""Cleans SVG files, which can contain scripts, embedded photographs or names."""

import re
from collections import Counter
from xml.etree.ElementTree import Element, ParseError, register_namespace, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from py_svg_hush import filter_svg

from pictures.metadata import byline_in

SVG = "http://www.w3.org/2000/svg"
TAG = f"{{{SVG}}}"
XLINK = "http://www.w3.org/1999/xlink"
# <img> does not use them, and drawing programs write file names into them.
WORDS = {f"{TAG}title", f"{TAG}desc", f"{TAG}metadata"}
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
NAMED = re.compile(r"#([^\s)'\",;{]+)")


def clean(data: bytes) -> tuple[bytes, str]:
    """Return the drawing without scripts, external references and names, and its byline.

    py-svg-hush decides what is safe. Raises ValidationError if the drawing would look different
    without what it removes.
    """
    try:
        given = fromstring(data)
        if given.tag != f"{TAG}svg":
            raise ValidationError(_("The file is not an SVG drawing."))
        kept = fromstring(filter_svg(data))
    except DefusedXmlException as error:
        raise ValidationError(
            _("The drawing defines XML entities, which can hide content. Save it without them.")
        ) from error
    except (ParseError, UnicodeDecodeError, ValueError, LookupError) as error:
        raise ValidationError(_("The file is damaged or is not an SVG drawing.")) from error
    byline = byline_in(given)
    _refuse_what_is_lost(given, kept)
    _strip_words(kept)
    _refuse_links(kept)
    register_namespace("", SVG)
    register_namespace("xlink", XLINK)
    return tostring(kept, "utf-8"), byline


def _refuse_what_is_lost(given: Element, kept: Element) -> None:
    if next(given.iter(f"{TAG}image"), None) is not None:
        raise ValidationError(
            _("The drawing contains a photograph. Upload the photograph separately.")
        )
    lost = Counter(_parts(given)) - Counter(_parts(kept))
    if lost:
        raise ValidationError(
            _(
                "The drawing contains “%(name)s”, which could run a program or load something "
                "from elsewhere. Save it without that."
            )
            % {"name": next(iter(lost))}
        )


def _parts(root: Element) -> list[str]:
    """Names of SVG elements and event handlers, without the drawing program's own metadata."""
    elements = [element for element in root.iter() if str(element.tag).startswith(TAG)]
    names = [element.tag.removeprefix(TAG) for element in elements if element.tag not in WORDS]
    handlers = {name for element in elements for name in element.attrib if _runs(name)}
    return [*names, *handlers]


def _runs(attribute: str) -> bool:
    return attribute.lower().startswith("on")


def _strip_words(root: Element) -> None:
    for element in root.iter():
        for child in [child for child in element if child.tag in WORDS]:
            element.remove(child)
        for name in [name for name in element.attrib if name.startswith("data-")]:
            del element.attrib[name]
        if element.tag == f"{TAG}style":
            element.text = COMMENT.sub("", element.text or "")
    # Layers may be named after people; an id that nothing refers to can be removed.
    pointed_to = set(NAMED.findall(" ".join(_values(root))))
    for element in root.iter():
        if element.get("id") not in pointed_to:
            element.attrib.pop("id", None)


def _refuse_links(root: Element) -> None:
    if any("://" in value for value in _values(root)):
        raise ValidationError(
            _("The drawing loads something from elsewhere. Remove that and save the drawing again.")
        )


def _values(root: Element) -> list[str]:
    """All attribute values and styles, in which a drawing can contain a reference."""
    styles = [style.text or "" for style in root.iter(f"{TAG}style")]
    return [*styles, *(value for element in root.iter() for value in element.attrib.values())]
