"""Looks for somebody's words in the pages of others, in alt texts and in settings."""

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

SHORTEST = 4  # letters: shorter words are everywhere
BESIDES_PAGES = (AbstractImage, AbstractDocument, BaseSiteSetting)


@dataclass
class Quoting:
    """Something that holds the words: as it is or will be read, or in `older` versions."""

    thing: Any  # a page, picture, document or settings
    now: bool = False
    older: list[int] = field(default_factory=list)

    @property
    def edit_url(self) -> str:
        return registry.edit_url(self.thing)


def find(words: Iterable[str], besides: Collection[models.Model] = ()) -> list[Quoting]:
    """What holds any of `words` in some version, without `besides`.

    Reads every version of every page: it is rare, and must miss nothing.
    """
    wanted = [simple for word in words if len(simple := plain(word)) >= SHORTEST]
    if not wanted:
        return []

    def holds(content: object) -> bool:
        text = plain(" ".join(_strings(content)))
        return any(word in text for word in wanted)

    # The page itself too: one from a file has no versions. An alias says what its page says.
    pages = Page.objects.filter(alias_of=None).specific()  # type: ignore[misc]
    possible = {
        page.pk: Quoting(page, now=holds(page.serializable_data()))
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
        Quoting(thing, now=True)
        for kind in apps.get_models()
        if issubclass(kind, BESIDES_PAGES)
        for thing in kind._default_manager.all()
        if thing not in besides and holds(get_serializable_data_for_fields(thing))
    ]
    return [*(quoting for quoting in possible.values() if quoting.now or quoting.older), *others]


def delete_older(found: Iterable[Quoting]) -> None:
    """Deletes the older versions that hold the words; what readers or editors see now stays."""
    found = list(found)
    keys = [pk for quoting in found for pk in quoting.older]
    Revision.objects.filter(pk__in=keys).delete()
    localize.erase_former(one.thing for one in found if isinstance(one.thing, Page))


def delete_history(pages: Iterable[Page]) -> None:
    """Deletes all versions of these pages but the latest, the live and the scheduled one."""
    for page in pages:
        kept = {page.latest_revision_id, page.live_revision_id}
        older = Revision.page_revisions.filter(object_id=str(page.pk), approved_go_live_at=None)
        older.exclude(pk__in=kept).delete()


def _strings(value: object) -> Iterator[str]:
    """Every piece of text in a version; streams are JSON within the JSON."""
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
    """As a reader compares: without mark-up, capitals and the difference between apostrophes."""
    text = unescape(strip_tags(text)).casefold()
    for curly, straight in (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"')):
        text = text.replace(curly, straight)
    return " ".join(text.split())
