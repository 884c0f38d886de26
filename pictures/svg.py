"""Cleans SVG files, which can contain scripts, embedded photographs or names."""

import math
import re
from collections import Counter
from xml.etree.ElementTree import Element, ElementTree, ParseError, register_namespace, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from py_svg_hush import filter_svg
from willow.svg import SvgWrapper, WillowSvgException

from pictures.drawing_references import ID_REFERENCE, draws_more_than
from pictures.metadata import read_byline

SVG = "http://www.w3.org/2000/svg"
TAG = f"{{{SVG}}}"
# Elements that <img> does not show. Drawing programs write file names into them.
TEXT_TAGS = {f"{TAG}title", f"{TAG}desc", f"{TAG}metadata"}
MAX_DEPTH = 200  # nested elements; Python's own limit of recursion is near 1000
# The cost of a drawing is its number of bytes, plus PART_COST for each tag and attribute, because
# several parsers read these. Cleaning takes about 0.1 microseconds per unit of cost, so less than a
# second for MAX_COST. The drawings in `starter/` cost less than 150,000.
PART_COST, MAX_COST = 75, 6_000_000
MAX_DRAWN = 80_000  # elements that a browser draws, counted again for each reference
EDGES = 0.01, 100_000  # the shortest and the longest edge, in pixels or units of the drawing
# The highest ratio of the longer to the shorter side. Thumbnails need at least one pixel in each
# direction.
MAX_RATIO = 50
# Attributes that describe an element in words and do not change its look.
TEXT_ATTRIBUTES = re.compile(r"(?:aria-|data-).*|name|role|title")
MAX_HEAD = 100_000  # bytes in which the first element must begin
START = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*<")
ROOT = re.compile(rb"<(?:[\w.-]+:)?svg[\s/>]")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CSS_NAME = re.compile(r"[\w-]+")


def is_drawing(data: bytes) -> bool:
    """Whether `data` is SVG, judged by its first element. No photograph begins with “<”."""
    start = data[:MAX_HEAD].replace(b"\0", b"")  # so that UTF-16 is found too
    return bool(START.match(start) and ROOT.search(start))


def clean(data: bytes) -> tuple[bytes, str]:
    """Return the cleaned drawing (no scripts, external references or names) and its byline.

    py-svg-hush removes what is unsafe. Raises ValidationError if it removed an element or an event
    handler, so that editors know of any change. Also raises it for files that are not drawings,
    contain a photograph, refer to another file, or have no usable size.

    Elements in TEXT_TAGS are removed. `<text>` elements are kept, because their words are part of
    the drawing.
    """
    if len(data) + PART_COST * (data.count(b"<") + data.count(b"=")) > MAX_COST:
        raise _too_many_shapes()
    try:
        original = fromstring(data)
        if original.tag != f"{TAG}svg":
            raise ValidationError(_("The file is not an SVG drawing."))
        _check_depth(original)
        # py-svg-hush knows SVG elements only without a prefix.
        filtered = fromstring(filter_svg(_serialize(original)))
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
    if draws_more_than(MAX_DRAWN, filtered):
        raise _too_many_shapes()
    _drop_relative_size(filtered)
    _check_size(filtered)
    return _serialize(filtered), byline


def _serialize(root: Element) -> bytes:
    """Write SVG elements without a prefix.

    The prefixes are global, and packages such as openpyxl set them too. So each call sets them.
    """
    register_namespace("", SVG)
    register_namespace("xlink", "http://www.w3.org/1999/xlink")
    return tostring(root, "utf-8")


def _too_many_shapes() -> ValidationError:
    return ValidationError(
        _("The drawing has too many shapes. Simplify it, or save it as a PNG file.")
    )


def _check_depth(root: Element) -> None:
    """Reject a drawing with elements nested so deeply that recursive parsers would fail."""
    level = [root]
    for _depth in range(MAX_DEPTH):
        level = [child for element in level for child in element]
    if level:
        raise ValidationError(
            _("The drawing has too many groups inside each other. Simplify it, and save it again.")
        )


def _drop_relative_size(root: Element) -> None:
    """Drop the width and height if one is in percent, so that the viewBox sets the size.

    Browsers would use the viewBox anyway, but Wagtail would assume a square.
    """
    if "viewBox" in root.attrib and "%" in root.get("width", "") + root.get("height", ""):
        root.attrib.pop("width", None)
        root.attrib.pop("height", None)


def _check_size(root: Element) -> None:
    """Reject a drawing whose size Wagtail or browsers cannot compute, or compute differently."""
    lengths = root.get("width", ""), root.get("height", "")
    try:
        drawing = SvgWrapper(ElementTree(root))
        x, y, *view = drawing.view_box
        edges = [drawing.width, drawing.height, *view]
        is_usable = (
            not any("%" in length for length in lengths)
            and all(EDGES[0] <= edge <= EDGES[1] for edge in edges)  # also rejects “nan”
            and all(map(math.isfinite, (x, y)))
            and min(edges[:2]) >= 1
        )
    except (WillowSvgException, KeyError):  # KeyError: an unknown unit
        is_usable = False
    if not is_usable:
        raise ValidationError(
            _("The drawing has no usable size. Save it with a width and a height in pixels.")
        )
    if max(edges[:2]) > MAX_RATIO * min(edges[:2]):
        raise ValidationError(
            _("The drawing is more than %(ratio)d times as long as it is wide. Change its shape.")
            % {"ratio": MAX_RATIO}
        )


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
    """Names of SVG elements and event handlers, without the metadata of drawing programs."""
    elements = [element for element in root.iter() if str(element.tag).startswith(TAG)]
    names = [element.tag.removeprefix(TAG) for element in elements if element.tag not in TEXT_TAGS]
    handlers = {name for element in elements for name in element.attrib if _is_event_handler(name)}
    return [*names, *handlers]


def _is_event_handler(attribute: str) -> bool:
    return attribute.lower().startswith("on")


def _strip_text(root: Element) -> None:
    for element in root.iter():
        element[:] = [child for child in element if child.tag not in TEXT_TAGS]
        for name in [name for name in element.attrib if TEXT_ATTRIBUTES.fullmatch(name)]:
            del element.attrib[name]
        if element.tag == f"{TAG}style":
            element.text = COMMENT.sub("", element.text or "")
    styles = " ".join(style.text or "" for style in root.iter(f"{TAG}style"))
    used_classes = set(CSS_NAME.findall(styles))
    # Drawing programs may store a layer's name as its id, and a layer may be named after a person.
    # So ids and classes that nothing refers to are removed.
    referenced_ids = set(ID_REFERENCE.findall(" ".join(_values(root))))
    for element in root.iter():
        if element.get("id") not in referenced_ids:
            element.attrib.pop("id", None)
        classes = [name for name in element.attrib.pop("class", "").split() if name in used_classes]
        if classes:
            element.set("class", " ".join(classes))


def _check_no_links(root: Element) -> None:
    if any("://" in value for value in _values(root)):
        raise ValidationError(
            _("The drawing loads something from elsewhere. Remove that and save the drawing again.")
        )


def _values(root: Element) -> list[str]:
    """All attribute values and styles: the places where a drawing can refer to a file."""
    styles = [style.text or "" for style in root.iter(f"{TAG}style")]
    return [*styles, *(value for element in root.iter() for value in element.attrib.values())]
