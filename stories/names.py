"""Finds a person's name in the texts of a page that readers see."""

import unicodedata
from collections.abc import Iterator

from django.db import models
from wagtail.fields import StreamField
from wagtail.models import Page

from consent.text_search import strings
from editorial.picture_uses import picture_uses

MIN_PART_LENGTH = 4  # letters; shorter parts of a name, such as “del”, are also common words
TEXT_FIELDS = (models.CharField, models.TextField, StreamField)
# The name itself, and texts that repeat the title and the slug.
OMITTED = {"teller", "draft_title", "url_path"}


def fields_with_name(page: Page, name: str) -> Iterator[str]:
    """Yield each field of the page whose text, or whose picture's text, contains the name.

    Case and accents do not matter. Of a name with several parts, each part counts.
    """
    phrases = [_normalize(name), *_parts(_normalize(name))]
    for field in page._meta.concrete_fields:
        if isinstance(field, TEXT_FIELDS) and not field.choices and field.name not in OMITTED:
            text = " ".join(strings(field.value_to_string(page) or ""))
            if _contains(text, phrases):
                yield field.name
    for use in picture_uses(page):
        descriptions = use.picture.other_descriptions.values()
        if _contains(
            " ".join((use.picture.description, use.picture.credit, *descriptions)), phrases
        ):
            yield use.field


def _parts(name: str) -> list[str]:
    first, *others = name.split() or [""]
    return [first, *(part for part in others if len(part) >= MIN_PART_LENGTH)]


def _contains(text: str, phrases: list[str]) -> bool:
    words = f" {_normalize(text)} "
    return any(f" {phrase} " in words for phrase in phrases if phrase)


def _normalize(text: str) -> str:
    """Lower-case words without accents and punctuation, separated by single spaces."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    without_accents = (letter for letter in letters if not unicodedata.combining(letter))
    return " ".join("".join(c if c.isalnum() else " " for c in without_accents).split())
