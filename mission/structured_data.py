"""Renders the structured data (schema.org) of pages as JSON-LD.

Each page type returns its objects from its method `structured_data`.
"""

import json
from collections.abc import Iterable, Iterator

from django.utils.safestring import SafeString, mark_safe
from wagtail.models import Page

from editorial.structured_data import schema_object

# Escaped so that no text can close the script element.
UNSAFE = {ord(character): f"\\u{ord(character):04X}" for character in "<>&\u2028\u2029"}


def script(objects: Iterable[dict]) -> SafeString:
    """A JSON-LD script element, which browsers do not execute; empty if there are no objects."""
    graph = list(objects)
    if not graph:
        return SafeString("")
    data = json.dumps({"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False)
    escaped = data.translate(UNSAFE)
    return mark_safe(f'<script type="application/ld+json">{escaped}</script>')  # noqa: S308


def breadcrumb_list(trail: list[Page], page: Page) -> Iterator[dict]:
    """Yield the BreadcrumbList of `page`, unless `trail`, the pages above it, is empty."""
    if trail:
        items = [
            {"@type": "ListItem", "position": n, "name": one.title, "item": one.full_url}
            for n, one in enumerate([*trail, page], 1)
        ]
        yield schema_object("BreadcrumbList", itemListElement=items)
