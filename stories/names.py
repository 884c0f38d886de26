"""Finds names that may not be shown in the texts of a page that readers see.

`story` is a StoryPage, whose module imports this one.
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any

from django.db import models
from wagtail.fields import StreamField
from wagtail.models import Page, Revision

from consent.text_search import strings
from editorial.picture_uses import picture_uses
from pictures.alt_text import visible_text

MIN_PART_LENGTH = 4  # letters; shorter parts of a name, such as “del”, are also common words
TEXT_FIELDS = (models.CharField, models.TextField, StreamField)
# The name itself, and texts that repeat the title and the slug.
OMITTED = {"teller", "draft_title", "url_path"}
# Tags of rich text within words, and all others.
INLINE_TAG = re.compile(
    r"</?(?:a|b|code|del|em|i|mark|s|small|span|strong|sub|sup|u)(?:\s[^>]*)?>", re.IGNORECASE
)
TAG_NAME = re.compile(
    r"</?(?:a|b|blockquote|br|code|del|em|embed|h[1-6]|hr|i|img|li|mark|ol|p|s|small|span|strong|"
    r"sub|sup|u|ul)(?=[\s/>])",
    re.IGNORECASE,
)
# Letters that many people type without their stroke, hook or ligature.
PLAIN_LETTERS = str.maketrans("øłđðħŧŋıɓɗƙƴ", "olddhtnibdky") | str.maketrans(
    {"æ": "ae", "œ": "oe", "þ": "th"}
)


def names_teller(story: Any) -> bool:
    """Whether a text of the story names its teller by a name that is not changed."""
    return not story.name_changed and any(fields_with_name(story, name_parts(story.teller)))


def recompute(stories: Iterable[Any]) -> None:
    """Store `names_teller` anew; a text of a picture may have changed."""
    for story in stories:
        if story.names_teller != (found := names_teller(story)):
            type(story)._base_manager.filter(pk=story.pk).update(names_teller=found)


def hidden_names(story: Any) -> dict[str, set[str]]:
    """The real names that no text of the story may contain, each with its parts.

    Includes those of earlier versions, because an emptied field does not change what the text says.
    """
    if story.may_name_teller:
        return {}
    tellers = _earlier_tellers(story)
    if story.teller:
        tellers.append((story.teller, story.name_changed))
    shown = {part for name, is_changed in tellers if is_changed for part in name_parts(name)}
    # Initials of earlier names would be found in most texts.
    hidden = {
        name: {part for part in name_parts(name) - shown if len(part) > 1}
        for name, is_changed in tellers
        if not is_changed
    }
    if story.hides_name:
        hidden[story.teller] = name_parts(story.teller)
    return hidden


def _earlier_tellers(story: Any) -> list[tuple[str, bool]]:
    """Names in all versions of the pages that share the story's record, and if they are changed."""
    pages = type(story)._base_manager.filter(consent=story.consent_id)
    keys = [str(pk) for pk in pages.values_list("pk", flat=True)]
    versions = Revision.page_revisions.filter(object_id__in=keys)
    return [
        *pages.exclude(teller="").values_list("teller", "name_changed"),
        *versions.exclude(content__teller="")
        .values_list("content__teller", "content__name_changed")
        .distinct(),
    ]


def fields_with_name(page: Page, parts: set[str]) -> Iterator[str]:
    """Yield each field of the page whose text, or whose picture's text, contains a name.

    Case and accents do not matter. Each of the name's parts counts; see `name_parts`.
    """
    for field in page._meta.concrete_fields:
        if isinstance(field, TEXT_FIELDS) and not field.choices and field.name not in OMITTED:
            text = " ".join(strings(field.value_to_string(page) or ""))
            if contains(text, parts):
                yield field.name
    for use in picture_uses(page):
        descriptions = use.picture.other_descriptions.values()
        if contains(" ".join((use.picture.description, use.picture.credit, *descriptions)), parts):
            yield use.field


def name_parts(name: str) -> set[str]:
    """The first word of a name, and its longer words."""
    first, *others = _words(name) or [""]
    return {first, *(part for part in others if len(part) >= MIN_PART_LENGTH)} - {""}


def contains(text: str, parts: set[str]) -> bool:
    """Whether a text, which may be rich text, contains any part of a name."""
    # As readers see it, and as it is stored, because addresses of links may contain a name.
    as_seen = INLINE_TAG.sub("", text)
    return not parts.isdisjoint(_words(unescape(TAG_NAME.sub(" ", f"{as_seen} {text}"))))


def _words(text: str) -> list[str]:
    """Lower-case words without accents and punctuation."""
    letters = visible_text(text).translate(PLAIN_LETTERS)
    return "".join(c if c.isalnum() else " " for c in letters).split()
