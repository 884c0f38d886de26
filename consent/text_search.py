"""Search pages, revisions, alt texts, documents and settings for a person's words."""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.html import strip_tags
from modelcluster.models import get_serializable_data_for_fields
from wagtail.contrib.settings.models import BaseSiteSetting
from wagtail.documents.models import AbstractDocument
from wagtail.images.models import AbstractImage
from wagtail.models import Page, Revision

from consent import localize, registry

MIN_WORD_LENGTH = 4  # letters; shorter words are too common
NON_PAGE_MODELS = (AbstractImage, AbstractDocument, BaseSiteSetting)


@dataclass
class TextMatch:
    """An object with the words: `now` in current or scheduled text, or in `older` revisions."""

    thing: Any  # a page, picture, document or settings
    now: bool = False
    older: list[int] = field(default_factory=list)

    @property
    def edit_url(self) -> str:
        return registry.edit_url(self.thing)


def find(words: Iterable[str], besides: Collection[models.Model] = ()) -> list[TextMatch]:
    """Find objects that contain any of `words` in any revision, except `besides`.

    Reads every revision of every page, because it must miss nothing. It is rarely used.
    """
    wanted = [simple for word in words if len(simple := plain(word)) >= MIN_WORD_LENGTH]
    if not wanted:
        return []

    def holds(content: object) -> bool:
        text = plain(" ".join(_strings(content)))
        return any(word in text for word in wanted)

    # Search the page itself too: pages loaded from files have no revisions. Skip
    # aliases: they repeat their source.
    pages = Page.objects.filter(alias_of=None).specific()  # type: ignore[misc]
    possible = {
        page.pk: TextMatch(page, now=holds(page.serializable_data()))
        for page in pages
        if page not in besides
    }
    for version in Revision.page_revisions.iterator():
        quoting = possible.get(int(version.object_id))
        if quoting is None or not holds(version.content):
            continue
        latest, live = quoting.thing.latest_revision_id, quoting.thing.live_revision_id
        if version.pk in (latest, live) or version.approved_go_live_at:
            quoting.now = True
        else:
            quoting.older.append(version.pk)
    others = [
        TextMatch(thing, now=True)
        for kind in apps.get_models()
        if issubclass(kind, NON_PAGE_MODELS)
        for thing in kind._default_manager.all()
        if thing not in besides and holds(get_serializable_data_for_fields(thing))
    ]
    return [*(quoting for quoting in possible.values() if quoting.now or quoting.older), *others]


def delete_older(found: Iterable[TextMatch]) -> None:
    """Delete older revisions that contain the words. Current and scheduled ones are kept."""
    found = list(found)
    keys = [pk for quoting in found for pk in quoting.older]
    Revision.objects.filter(pk__in=keys).delete()
    localize.erase_old_segments(one.thing for one in found if isinstance(one.thing, Page))


def delete_history(pages: Iterable[Page]) -> None:
    """Delete all revisions of these pages except the latest, live and scheduled ones."""
    for page in pages:
        kept = {page.latest_revision_id, page.live_revision_id}
        older = Revision.page_revisions.filter(object_id=str(page.pk), approved_go_live_at=None)
        older.exclude(pk__in=kept).delete()


def _strings(value: object) -> Iterator[str]:
    """Yield every string in serialized content; StreamFields are JSON strings within it."""
    if isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, str):
        if value[:1] in {"[", "{"}:
            try:
                yield from _strings(json.loads(value))
            except ValueError:
                yield value
        else:
            yield value


def plain(text: str) -> str:
    """Normalize text for comparison: no markup, casefolded, straight quotes, single spaces."""
    text = unescape(strip_tags(text)).casefold()
    for curly, straight in (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"')):
        text = text.replace(curly, straight)
    return " ".join(text.split())
