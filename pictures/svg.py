"""Cleans SVG files, which can contain scripts, embedded photographs or names."""

import re
from collections import Counter
from xml.etree.ElementTree import Element, ParseError, register_namespace, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from py_svg_hush import filter_svg

from pictures.metadata import read_byline

SVG = "http://www.w3.org/2000/svg"
TAG = f"{{{SVG}}}"
XLINK = "http://www.w3.org/1999/xlink"
# Elements that <img> does not show. Drawing programs write file names into them.
TEXT_TAGS = {f"{TAG}title", f"{TAG}desc", f"{TAG}metadata"}
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
ID_REFERENCE = re.compile(r"#([^\s)'\",;{]+)")


def clean(data: bytes) -> tuple[bytes, str]:
    """Return the cleaned drawing (no scripts, external references or names) and its byline.

    py-svg-hush removes what is unsafe. Raises ValidationError if it removed an element or an event
    handler, so that no drawing changes without the editor's knowledge. Also raises it for a file
    that is not a drawing, contains a photograph, or still refers to something elsewhere.
    """
    try:
        original = fromstring(data)
        if original.tag != f"{TAG}svg":
            raise ValidationError(_("The file is not an SVG drawing."))
        filtered = fromstring(filter_svg(data))
    except DefusedXmlException as error:
        raise ValidationError(
            _("The drawing defines XML entities, which can hide content. Save it without them.")
        ) from error
    except (ParseError, UnicodeDecodeError, ValueError, LookupError) as error:
        raise ValidationError(_("The file is damaged or is not an SVG drawing.")) from error
    byline = read_byline(original)
    _check_nothing_is_lost(original, filtered)
    _strip_text(filtered)
    _check_no_links(filtered)
    register_namespace("", SVG)
    register_namespace("xlink", XLINK)
    return tostring(filtered, "utf-8"), byline


def _check_nothing_is_lost(original: Element, filtered: Element) -> None:
    if next(original.iter(f"{TAG}image"), None) is not None:
        raise ValidationError(
            _("The drawing contains a photograph. Upload the photograph separately.")
        )
    lost = Counter(_parts(original)) - Counter(_parts(filtered))
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
    names = [element.tag.removeprefix(TAG) for element in elements if element.tag not in TEXT_TAGS]
    handlers = {name for element in elements for name in element.attrib if _is_event_handler(name)}
    return [*names, *handlers]


def _is_event_handler(attribute: str) -> bool:
    return attribute.lower().startswith("on")


def _strip_text(root: Element) -> None:
    for element in root.iter():
        for child in [child for child in element if child.tag in TEXT_TAGS]:
            element.remove(child)
        for name in [name for name in element.attrib if name.startswith("data-")]:
            del element.attrib[name]
        if element.tag == f"{TAG}style":
            element.text = COMMENT.sub("", element.text or "")
    # Drawing programs may store a layer's name as its id, and a layer may be named after a person.
    # Ids that nothing refers to are removed.
    referenced_ids = set(ID_REFERENCE.findall(" ".join(_values(root))))
    for element in root.iter():
        if element.get("id") not in referenced_ids:
            element.attrib.pop("id", None)


def _check_no_links(root: Element) -> None:
    if any("://" in value for value in _values(root)):
        raise ValidationError(
            _("The drawing loads something from elsewhere. Remove that and save the drawing again.")
        )


def _values(root: Element) -> list[str]:
    """All attribute values and styles, in which a drawing can contain a reference."""
    styles = [style.text or "" for style in root.iter(f"{TAG}style")]
    return [*styles, *(value for element in root.iter() for value in element.attrib.values())]
