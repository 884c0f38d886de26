"""Finds uses of pages and files in published pages, drafts and older versions."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from modelcluster.models import get_serializable_data_for_fields
from wagtail.contrib.redirects.models import Redirect
from wagtail.contrib.settings.models import AbstractSetting
from wagtail.models import Comment, Page, ReferenceIndex, Revision, get_page_models
from wagtail.models.reference_index import ReferenceIndexQuerySet

from consent import gone_urls, localize, registry
from consent.text_search import serialized, strings

# Fields of Wagtail's Page whose numbers are never the pk of a picture, document or page that the
# page shows or links to.
NUMERIC_PAGE_FIELDS = [
    field.name
    for field in Page._meta.concrete_fields
    if field.is_relation or isinstance(field, models.IntegerField)
]
Target = tuple[int, str]  # content type and pk, as in the reference index


class Occurrence(NamedTuple):
    """One of the items we look for, found in a field of an object."""

    target: Target
    place: str  # the readable name of the field or block
    is_url: bool  # True for a URL in the text, which does not keep a file from being deleted


@dataclass
class Use:
    """An object that shows or links to items we look for, or contains their URLs."""

    content_object: models.Model
    published: set[str] = field(default_factory=set)  # names of fields and blocks
    drafted: set[str] = field(default_factory=set)
    older_versions: int = 0
    current_targets: set[Target] = field(default_factory=set)
    current_urls: set[Target] = field(default_factory=set)  # items whose URL is in the text

    @property
    def current_places(self) -> list[str]:
        """Readable names of the fields and blocks that contain a use, now or in a draft."""
        drafts = [gettext("%(place)s, in a draft") % {"place": name} for name in self.drafted]
        return [*sorted(self.published), *sorted(drafts)]

    @property
    def places(self) -> list[str]:
        """`current_places`, and the number of older versions that contain a use."""
        count = self.older_versions
        older = ngettext("%(count)d older version", "%(count)d older versions", count)
        return [*self.current_places, *([older % {"count": count}] if count else [])]

    def add_targets(self, found: Iterable[Occurrence]) -> None:
        for one in found:
            (self.current_urls if one.is_url else self.current_targets).add(one.target)

    @property
    def edit_url(self) -> str:
        return registry.edit_url(self.content_object)


def target(item: models.Model) -> Target:
    return ContentType.objects.get_for_model(_base_model(item)).pk, str(item.pk)


def references_in(item: models.Model) -> Iterator[tuple[Target, str]]:
    """The references of an object in memory, saved or not, each with the field's path."""
    for content_type, pk, model_path, _path in ReferenceIndex._extract_references_from_object(item):
        yield (content_type, str(pk)), model_path


class Search:
    """Finds references to pages and files, and their URLs, in objects."""

    def __init__(self, pages: Sequence[Page], files: Sequence[models.Model]) -> None:
        self.pages, self.items = pages, [*pages, *files]
        self.targets = {target(item) for item in self.items}
        self.paths: set[str] = set()
        self._urls: list[tuple[Target, re.Pattern]] = []
        # The pages are erased together, so a URL of any page counts as a use of the first page.
        for group in filter(None, (pages, *([file] for file in files))):
            paths = gone_urls.of_items(group)
            redirects = {redirect.old_path for redirect in gone_urls.redirects_to(group)}
            if url := gone_urls.links_to(paths, exact=redirects):
                self._urls.append((target(group[0]), url))
                self.paths |= paths | redirects

    def find(self, item: models.Model, data: dict[str, Any]) -> set[Occurrence]:
        """The uses in `item` of what we look for. `data` are the serialized values of `item`."""
        found = {
            Occurrence(referred, _describe(item, model_path), is_url=False)
            for referred, model_path in references_in(item)
            if referred in self.targets
        }
        for name, value in data.items():
            texts = [gone_urls.decode(text) for text in strings(value)] if self._urls else []
            found |= {
                Occurrence(referred, _label(item, name), is_url=True)
                for referred, url in self._urls
                if any(map(url.search, texts))
            }
        return found

    def pages_with_urls(self) -> Iterator[Page]:
        """Pages outside `self.pages` whose text may contain a URL of one of `self.items`."""
        regex = gone_urls.database_regex(self.paths)
        if not regex:
            return
        of_comments = Comment.objects.filter(
            models.Q(text__iregex=regex) | models.Q(replies__text__iregex=regex)
        )
        own = [page.pk for page in self.pages]
        yield from (
            Page.objects.exclude(pk__in=own)
            .filter(
                models.Q(pk__in=RawSQL(_pages_with_text(), [regex]))  # noqa: S611
                | models.Q(pk__in=of_comments.values("page"))
                | models.Q(translation_key__in=localize.keys_with(regex))
            )
            .specific()
        )


@cache
def _pages_with_text() -> str:
    """SQL that selects the pk of each page whose row, as JSON, matches a regex, the only parameter.

    Raw SQL, because composing an ORM query for each page type is slow.
    """
    quote = connection.ops.quote_name
    rows = " UNION ALL ".join(
        f"SELECT {quote(model._meta.pk.column)} AS pk, to_jsonb(page)::text AS text"  # noqa: S608
        f" FROM {quote(model._meta.db_table)} AS page"
        for model in (Page, *get_page_models())
    )
    return f"SELECT pk FROM ({rows}) AS pages WHERE text ~* %s"  # noqa: S608


def uses(pages: Sequence[Page], files: Sequence[models.Model]) -> list[Use]:
    """All objects, except `pages`, that show or link to any of `pages` and `files`."""
    search = Search(pages, files)
    found: dict[Target, Use] = {}
    for source, references in _index_entries(pages, search.items).group_by_source_object():
        # Skip redirects, which are erased with their page, and aliases, which repeat their source.
        if isinstance(source, Redirect) or getattr(source, "alias_of_id", None):
            continue
        source = source.specific if isinstance(source, Page) else source
        use = found.setdefault(target(source), Use(source))
        for reference in references:
            use.published.add(str(reference.describe_source_field()))
            use.current_targets.add((reference.to_content_type_id, reference.to_object_id))
    for item, data in _unindexed(search):
        use = found.setdefault(target(item), Use(item))
        occurrences = search.find(item, data)
        use.published |= {one.place for one in occurrences}
        use.add_targets(occurrences)
    for revision, occurrences in _revisions_with(search):
        key = (revision.base_content_type_id, revision.object_id)
        page = Page.objects.filter(pk=revision.object_id).specific().first()
        if page is None or page.alias_of_id:
            continue
        use = found.setdefault(key, Use(page))
        if _is_draft(revision, page):
            use.drafted |= {one.place for one in occurrences} - use.published
            use.add_targets(occurrences)
        elif revision.pk != page.live_revision_id:
            use.older_versions += 1
    return [use for use in found.values() if use.places]


def _index_entries(pages: Sequence[Page], items: Sequence[models.Model]) -> ReferenceIndexQuerySet:
    """References to `items` in published content, except from `pages`."""
    references = ReferenceIndex.get_references_to_in_bulk(items)
    if not pages:
        return references
    return references.exclude(
        base_content_type=ContentType.objects.get_for_model(Page),
        object_id__in=[str(page.pk) for page in pages],
    )


def _unindexed(search: Search) -> Iterator[tuple[models.Model, dict[str, Any]]]:
    """Pages with URLs in their text, and all settings, each with its serialized values.

    The reference index does not contain URLs that are written as text.
    """
    for page in search.pages_with_urls():
        if not page.alias_of_id:  # type: ignore[attr-defined]
            yield page, serialized(page)
    for model in apps.get_models():
        if issubclass(model, AbstractSetting):
            for item in model._base_manager.all():
                yield item, get_serializable_data_for_fields(item)


def _revisions_with(search: Search) -> Iterator[tuple[Revision, set[Occurrence]]]:
    """Revisions of other pages that use one of the items, each with the uses in it."""
    if not search.items:
        return
    # Reading a revision is slow. So the database first selects the revisions that may contain a
    # primary key or a URL of one of the items. Numbers in dates and in NUMERIC_PAGE_FIELDS do not
    # count.
    numbers = "|".join(sorted({re.escape(pk) for _type, pk in search.targets}))
    regex = "|".join(
        filter(None, (rf'[ "[]({numbers})[],"}}\\]', gone_urls.database_regex(search.paths)))
    )
    content = models.Func(
        models.F("content"),
        models.Value(NUMERIC_PAGE_FIELDS),
        template="%(expressions)s::text[]",
        arg_joiner=" - ",
        output_field=models.JSONField(),
    )
    revisions = (
        Revision.page_revisions.exclude(object_id__in=[str(page.pk) for page in search.pages])
        .annotate(text=Cast(content, models.TextField()))
        .filter(text__iregex=regex)
    )
    for revision in revisions.order_by("pk").iterator():
        if occurrences := search.find(revision.as_object(), revision.content):
            yield revision, occurrences


def _is_draft(revision: Revision, page: Page) -> bool:
    is_latest = revision.pk == page.latest_revision_id != page.live_revision_id
    return is_latest or revision.approved_go_live_at is not None


def _describe(item: models.Model, model_path: str) -> str:
    content_type = ContentType.objects.get_for_model(item)
    reference = ReferenceIndex(content_type=content_type, model_path=model_path)
    return str(reference.describe_source_field())


def _label(item: models.Model, name: str) -> str:
    """The readable name of a field or of a child relation."""
    field = item._meta.get_field(name)
    named = field if isinstance(field, models.Field) else field.related_model._meta
    return capfirst(str(named.verbose_name))


def _base_model(item: models.Model) -> type[models.Model]:
    parents = item._meta.get_parent_list()
    return parents[-1] if parents else type(item)
