"""Looks for somebody's words in the pages of others."""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape

from django.utils.html import strip_tags
from wagtail.models import Page, Revision

from consent import pieces

SHORTEST = 4  # letters: shorter words are everywhere


@dataclass
class Quoting:
    """A page that holds the words: in the version that counts, or in `older` ones."""

    page: Page
    now: bool = False
    older: list[int] = field(default_factory=list)


def find(words: Iterable[str], besides: Collection[int] = ()) -> list[Quoting]:
    """The pages that hold any of `words` in some version, without those whose keys are `besides`.

    Reads every version of every page: it is rare, and must miss nothing.
    """
    wanted = [simple for word in words if len(simple := plain(word)) >= SHORTEST]
    if not wanted:
        return []
    found: dict[int, Quoting] = {}
    pages = {page.pk: page for page in Page.objects.exclude(pk__in=besides)}
    for version in Revision.page_revisions.exclude(object_id__in=map(str, besides)).iterator():
        page = pages.get(int(version.object_id))
        text = plain(" ".join(_strings(version.content)))
        if page is None or not any(word in text for word in wanted):
            continue
        quoting = found.setdefault(page.pk, Quoting(page))
        if version.pk in (page.latest_revision_id, page.live_revision_id) or (
            version.approved_go_live_at
        ):
            quoting.now = True
        else:
            quoting.older.append(version.pk)
    return list(found.values())


def delete_older(found: Iterable[Quoting]) -> None:
    """Deletes the older versions that hold the words; what readers or editors see now stays."""
    found = list(found)
    keys = [pk for quoting in found for pk in quoting.older]
    Revision.objects.filter(pk__in=keys).delete()
    pieces.erase_former(quoting.page for quoting in found)


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
