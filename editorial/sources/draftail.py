"""Conversion of sources between stored rich text and the editor.

This is not in `rich_text.py`, because block definitions import that module before the models are
loaded, and Wagtail's converters need the models.
"""

from dataclasses import asdict

from draftjs_exporter.dom import DOM
from wagtail.admin.rich_text.converters.html_to_contentstate import InlineEntityElementHandler

from editorial.sources.rich_text import MARK_TEXT, Source, non_empty_fields


class SourceElementHandler(InlineEntityElementHandler):
    """Converts a stored source to an editor entity."""

    mutability = "IMMUTABLE"

    def get_attribute_data(self, attrs: dict) -> dict:
        return asdict(Source.of(attrs))


def source_entity(props: dict) -> object:
    """Converts an editor entity to a stored source."""
    return DOM.create_element("a", {"linktype": "source"} | non_empty_fields(props), MARK_TEXT)
