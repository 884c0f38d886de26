"""Parts of structured data (schema.org) that several page types use."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.html import strip_tags

from consent.character_references import unescape


def schema_object(schema_type: str, **properties: Any) -> dict[str, Any]:
    """A schema.org object, without properties that have no value."""
    found = {name: value for name, value in properties.items() if value}
    return {"@type": schema_type, **found}


def faq_page(body: Iterable[Any]) -> Iterator[dict]:
    """The FAQPage of a body, from the accordions whose questions all end with “?”."""
    questions = [
        question
        for block in body
        if block.block_type == "accordion"
        and all(answer["question"].endswith("?") for answer in block.value["answers"])
        for question in map(_question, block.value["answers"])
    ]
    if questions:
        yield schema_object("FAQPage", mainEntity=questions)


def _question(answer: Any) -> dict:
    text = unescape(strip_tags(str(answer["answer"].source))).strip()
    accepted = {"@type": "Answer", "text": text}
    return {"@type": "Question", "name": answer["question"], "acceptedAnswer": accepted}
