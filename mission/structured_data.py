"""Renders structured data (schema.org) as JSON-LD.

Each page type says in its method `structured_data` what it is.
"""

import json
from collections.abc import Iterable, Iterator

from django.utils.safestring import SafeString, mark_safe
from wagtail.models import Page

from editorial.structured_data import schema_object

# Escaped so that no text can close the script element.
UNSAFE = {ord(character): f"\\u{ord(character):04X}" for character in "<>&\u2028\u2029"}


def script(objects: Iterable[dict]) -> SafeString:
    """A JSON-LD script element, which browsers do not execute; empty without objects."""
    graph = list(objects)
    if not graph:
        return SafeString("")
    data = json.dumps({"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False)
    escaped = data.translate(UNSAFE)
    return mark_safe(f'<script type="application/ld+json">{escaped}</script>')  # noqa: S308


def breadcrumb_list(trail: list[Page], page: Page) -> Iterator[dict]:
    """The BreadcrumbList of `page`, unless no page is above it. `trail` holds those above."""
    if trail:
        items = [
            {"@type": "ListItem", "position": n, "name": one.title, "item": one.full_url}
            for n, one in enumerate([*trail, page], 1)
        ]
        yield schema_object("BreadcrumbList", itemListElement=items)
