"""The sizes and formats in which pictures are served."""

from typing import NamedTuple

from wagtail.images.models import get_rendition_storage

# Widths in pixels at which photographs are served. A phone with 360 CSS pixels and two device
# pixels for each needs 720 pixels. It gets 768, or 480 if its browser saves data.
WIDTHS = (480, 768, 1200, 1600)
BETTER_FORMATS = {"avif": "image/avif", "webp": "image/webp"}
FORMATS = (*BETTER_FORMATS, "jpeg")
SMALL = f"format-jpeg|width-{WIDTHS[0]}"  # shown until the other sizes are encoded
SHARED = "format-jpeg|fill-1200x630"  # the size at which social media show shared links
# Not "original": the CMS also makes renditions of photographs with that spec, and they would be
# public.
DRAWING = "scale-100"
# The public renditions: those for pages and social media. All others are private.
PUBLIC_SPECS = (
    *(f"format-{format_}|width-{width}" for format_ in FORMATS for width in WIDTHS),
    SHARED,
    DRAWING,
)
# The rendition that a draft contains as a data: URL if the picture is not public yet.
DRAFT = "format-jpeg|max-800x800"
DRAFT_DRAWING = "max-800x800"


class Size(NamedTuple):
    """One existing rendition file of a picture."""

    spec: str
    name: str
    width: int
    height: int

    @property
    def url(self) -> str:
        return get_rendition_storage().url(self.name)
