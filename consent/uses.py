"""Finds what shows or links to pages and files: published, in a draft or in an older version."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.functions import Cast
from django.utils.translation import gettext, ngettext
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, ReferenceIndex, Revision
from wagtail.models.reference_index import ReferenceIndexQuerySet

from consent import registry

Target = tuple[int, str]  # content type and pk, as in the reference index


@dataclass
class Use:
    """An object that shows, links to or names others."""

    content_object: models.Model
    published: set[str] = field(default_factory=set)  # names of fields and blocks
    drafted: set[str] = field(default_factory=set)
    older_versions: int = 0
    current_targets: set[Target] = field(default_factory=set)

    @property
    def places(self) -> list[str]:
        """Where in the object, in words."""
        drafts = [gettext("%(place)s, in a draft") % {"place": name} for name in self.drafted]
        count = self.older_versions
        older = ngettext("%(count)d older version", "%(count)d older versions", count)
        return [
            *sorted(self.published),
            *sorted(drafts),
            *([older % {"count": count}] if count else []),
        ]

    @property
    def edit_url(self) -> str:
        return registry.edit_url(self.content_object)


def target(item: models.Model) -> Target:
    return ContentType.objects.get_for_model(_base_model(item)).pk, str(item.pk)


def references_in(item: models.Model) -> Iterator[tuple[Target, str]]:
    """What an object, in the state that it has in memory, refers to, and in which field."""
    for content_type, pk, model_path, _path in ReferenceIndex._extract_references_from_object(item):
        yield (content_type, str(pk)), model_path


def uses(pages: Sequence[Page], files: Sequence[models.Model]) -> list[Use]:
    """All objects but `pages` that show or link to any of these."""
    items = [*pages, *files]
    found: dict[Target, Use] = {}
    for source, references in _index_entries(pages, items).group_by_source_object():
        # Redirects are erased with their page; aliases repeat their source.
        if isinstance(source, Redirect) or getattr(source, "alias_of_id", None):
            continue
        source = source.specific if isinstance(source, Page) else source
        use = found.setdefault(target(source), Use(source))
        for reference in references:
            use.published.add(str(reference.describe_source_field()))
            use.current_targets.add((reference.to_content_type_id, reference.to_object_id))
    for revision, references_of_version in _revisions_with(pages, items):
        key = (revision.base_content_type_id, revision.object_id)
        page = Page.objects.filter(pk=revision.object_id).specific().first()
        if page is None or page.alias_of_id:
            continue
        use = found.setdefault(key, Use(page))
        if _is_draft(revision, page):
            use.drafted |= set(references_of_version.values()) - use.published
            use.current_targets |= set(references_of_version)
        elif revision.pk != page.live_revision_id:
            use.older_versions += 1
    return [use for use in found.values() if use.places]


def _index_entries(pages: Sequence[Page], items: Sequence[models.Model]) -> ReferenceIndexQuerySet:
    """References to `items` from anything but `pages`, as published."""
    references = ReferenceIndex.get_references_to_in_bulk(items)
    if not pages:
        return references
    return references.exclude(
        base_content_type=ContentType.objects.get_for_model(Page),
        object_id__in=[str(page.pk) for page in pages],
    )


def _revisions_with(
    pages: Sequence[Page], items: Sequence[models.Model]
) -> Iterator[tuple[Revision, dict[Target, str]]]:
    """Revisions of other pages that refer to `items`, with the name of the field of each."""
    targets = {target(item) for item in items}
    if not targets:
        return
    # The database sorts out those that hold none of the numbers: reading a revision is slow.
    numbers = "|".join(sorted({re.escape(pk) for _type, pk in targets}))
    revisions = (
        Revision.page_revisions.exclude(object_id__in=[str(page.pk) for page in pages])
        .annotate(text=Cast("content", models.TextField()))
        .filter(text__regex=rf"\y({numbers})\y")
    )
    for revision in revisions.order_by("pk").iterator():
        version = revision.as_object()
        found = {
            referred: _describe(version, model_path)
            for referred, model_path in references_in(version)
            if referred in targets
        }
        if found:
            yield revision, found


def _is_draft(revision: Revision, page: Page) -> bool:
    is_latest = revision.pk == page.latest_revision_id != page.live_revision_id
    return is_latest or revision.approved_go_live_at is not None


def _describe(item: models.Model, model_path: str) -> str:
    content_type = ContentType.objects.get_for_model(item)
    reference = ReferenceIndex(content_type=content_type, model_path=model_path)
    return str(reference.describe_source_field())


def _base_model(item: models.Model) -> type[models.Model]:
    parents = item._meta.get_parent_list()
    return parents[-1] if parents else type(item)
