"""Marks of sources in the segments of a translation.

wagtail-localize stores a mark as `<a id="a1">†</a>`. Translators see and write `[†1]`.
"""

import re
from collections import Counter
from collections.abc import Iterator

from django.db.models import Q
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from wagtail_localize.models import StringTranslation, Translation

from editorial.sources.rich_text import MARK_TEXT

STORED = re.compile(rf'<a id="a(\d+)">{MARK_TEXT}</a>')
READABLE = re.compile(rf"\[{MARK_TEXT}(\d+)\]")
# A stored mark in the properties of wagtail-localize's editor: JSON in an attribute.
IN_ATTRIBUTE = re.compile(r"&lt;a id=\\&quot;a(\d+)\\&quot;&gt;\\u2020&lt;/a&gt;")
EXCERPT_WORDS = 12


def readable_marks(text: str) -> str:
    return STORED.sub(rf"[{MARK_TEXT}\1]", text)


def readable_marks_in_editor(html: str) -> str:
    return IN_ATTRIBUTE.sub(r"[\\u2020\1]", html)


@receiver(pre_save, sender=StringTranslation)
def store_marks(instance: StringTranslation, **kwargs: object) -> None:
    """Stores readable marks in the form of wagtail-localize, however the translation is saved."""
    known = set(STORED.findall(instance.translation_of.data))

    def stored(found: re.Match) -> str:
        return f'<a id="a{found[1]}">{MARK_TEXT}</a>' if found[1] in known else found[0]

    instance.data = READABLE.sub(stored, instance.data)


def mark_errors(translation: Translation) -> Iterator[str]:
    """Errors about sources that the translation lacks or repeats, and a “†” without a source."""
    segments = translation.source.stringsegment_set.select_related("string").order_by("order")
    with_marks = Q(string__data__contains=MARK_TEXT) | Q(translation__contains=MARK_TEXT)
    for segment in segments.annotate_translation(translation.target_locale).filter(with_marks):
        if segment.translation is not None:
            yield from _errors_of_segment(segment.string.data, segment.translation)


def _errors_of_segment(original: str, translated: str) -> Iterator[str]:
    expected, found = STORED.findall(original), Counter(STORED.findall(translated))
    words = excerpt(original)
    if missing := [mark for mark in expected if not found[mark]]:
        yield ngettext(
            "The translation of “%(words)s” lacks the source %(marks)s.",
            "The translation of “%(words)s” lacks the sources %(marks)s.",
            len(missing),
        ) % {"words": words, "marks": _list_of(missing)}
    if repeated := [mark for mark, count in found.items() if count > 1]:
        sentence = gettext("The translation of “%(words)s” has %(marks)s more than once.")
        yield sentence % {"words": words, "marks": _list_of(repeated)}
    if _typed_marks(translated) > _typed_marks(original):
        sentence = gettext(
            "The translation of “%(words)s” has a “†” that belongs to no source. Delete it, or "
            "write the mark of a source as it is in the original."
        )
        yield sentence % {"words": words}


def excerpt(original: str) -> str:
    """The first words of a segment."""
    return Truncator(strip_tags(readable_marks(original))).words(EXCERPT_WORDS)


def _list_of(marks: list[str]) -> str:
    return ", ".join(f"[{MARK_TEXT}{mark}]" for mark in marks)


def _typed_marks(text: str) -> int:
    return STORED.sub("", text).count(MARK_TEXT)
