"""Finds real names of a story's teller in its texts, and in what it shows or links to.

`story` is a StoryPage, whose module imports this one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import models
from wagtail.blocks import StreamValue
from wagtail.documents import get_document_model
from wagtail.fields import StreamField
from wagtail.models import Page, PageLogEntry, ReferenceIndex, Revision

from consent.uses import Target, references_in, target
from pictures.models import Picture
from stories.names import contains, name_parts

Names = dict[str, set[str]]  # each with its parts, see name_parts
Reference = tuple[Target, str]  # and the path of the field or block
BATCH = 500
PUBLISHED = ("wagtail.publish", "wagtail.publish.scheduled")  # as the log names it
TEXT_FIELDS = (models.CharField, models.TextField, StreamField)
# Texts that repeat the title and the slug. The name is a text only if it is changed.
OMITTED = {"teller", "draft_title", "url_path"}


class Version(NamedTuple):
    """The name in one version of a story."""

    teller: str
    name_changed: bool
    was_published: bool


class Text(NamedTuple):
    text: str
    is_address: bool = False


def real_names(story: Any) -> Names:
    """The real names of the teller in any version of the pages that share the story's record.

    Includes earlier ones, because an emptied field does not change what the texts say.
    """
    versions = _versions(type(story), {story.consent_id})[story.consent_id]
    # A name that is not marked as changed now is a real one, whatever drafts say.
    current = Version(story.teller, story.name_changed, was_published=True)
    return _real_names([*versions, current])


def names_teller(story: Any) -> bool:
    """Whether a text of the story contains a real name of its teller."""
    return any(fields_with_name(story, _all_parts(real_names(story))))


def fields_with_name(page: Any, parts: Collection[str]) -> Iterator[str]:
    """Yield each field that contains a part of a name, or shows or links to what contains it."""
    if parts:
        references = list(references_in(page))
        yield from _fields_with_name(page, parts, references, _texts_of(references))


def recompute(stories: models.QuerySet) -> None:
    """Store `names_teller` anew; what the stories show or link to may have changed."""
    records = dict(stories.values_list("pk", "consent_id"))
    for start in range(0, len(records), BATCH):
        pks = list(records)[start : start + BATCH]
        versions = _versions(stories.model, {records[pk] for pk in pks})
        parts = {pk: _all_parts(_real_names(versions[records[pk]])) for pk in pks}
        named = [pk for pk in pks if parts[pk]]
        references = _stored_references(named)
        texts = _texts_of(reference for found in references.values() for reference in found)
        found = [
            story.pk
            for story in stories.model._base_manager.filter(pk__in=named)
            if any(_fields_with_name(story, parts[story.pk], references[story.pk], texts))
        ]
        batch = stories.model._base_manager.filter(pk__in=pks)
        batch.filter(pk__in=found, names_teller=False).update(names_teller=True)
        batch.exclude(pk__in=found).filter(names_teller=True).update(names_teller=False)


def _real_names(versions: Iterable[Version]) -> Names:
    """A name that was only in drafts may be marked as changed later, a published one may not."""
    parts = {version: name_parts(version.teller) for version in versions}
    changed = set().union(*(parts[version] for version in parts if version.name_changed))
    real = {version: parts[version] for version in parts if not version.name_changed}
    published = set().union(*(real[version] for version in real if version.was_published))
    names = {version.teller: found - (changed - published) for version, found in real.items()}
    return {name: found for name, found in names.items() if found}


def _all_parts(names: Names) -> set[str]:
    return set().union(*names.values())


def _versions(model: type[models.Model], records: set[int | None]) -> dict[int, set[Version]]:
    """Names in all pages and revisions, by consent record."""
    found = defaultdict(set)
    record_of = {}
    for pk, record, *version in model._base_manager.filter(consent__in=records).values_list(
        "pk", "consent_id", "teller", "name_changed", "live"
    ):
        record_of[str(pk)] = record
        found[record].add(Version(*version))
    published = PageLogEntry.objects.filter(action__in=PUBLISHED, revision=models.OuterRef("pk"))
    revisions = Revision.page_revisions.filter(object_id__in=record_of).exclude(content__teller="")
    for pk, *version in revisions.values_list(
        "object_id", "content__teller", "content__name_changed", models.Exists(published)
    ).distinct():
        found[record_of[pk]].add(Version(*version))
    return found


def _fields_with_name(
    page: Any,
    parts: Collection[str],
    references: Iterable[Reference],
    texts_of: Mapping[Target, list[Text]],
) -> Iterator[str]:
    texts = _own_texts(page)
    for referred, path in references:
        field, _separator, block = path.partition(".")
        if block or referred[0] != ContentType.objects.get_for_model(Page).pk:
            texts += [(field, text) for text in texts_of.get(referred, ())]
    found = (
        field for field, text in texts if contains(text.text, parts, is_address=text.is_address)
    )
    return iter(dict.fromkeys(found))


def _own_texts(page: Any) -> list[tuple[str, Text]]:
    texts = []
    for field in page._meta.concrete_fields:
        if isinstance(field, TEXT_FIELDS) and not field.choices and field.name not in OMITTED:
            value = field.value_from_object(page) or ""
            if isinstance(value, StreamValue):
                value = "\n".join(_strings(value.get_prep_value()))
            texts.append((field.name, Text(value, is_address=field.name == "slug")))
    if page.name_changed:
        texts.append(("teller", Text(page.teller, is_address=True)))
    return texts


def _strings(value: object) -> Iterator[str]:
    """The texts in the blocks of a StreamField, without the types and ids of the blocks."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        for part in [value["value"]] if {"type", "value"} <= value.keys() else value.values():
            yield from _strings(part)


def _stored_references(pks: Collection[int]) -> dict[int, list[Reference]]:
    """What these pages refer to."""
    found: dict[int, list[Reference]] = defaultdict(list)
    page_type = ContentType.objects.get_for_model(Page)
    references = ReferenceIndex.objects.filter(
        base_content_type=page_type, object_id__in=map(str, pks)
    )
    for pk, content_type, referred, path in references.values_list(
        "object_id", "to_content_type", "to_object_id", "model_path"
    ):
        found[int(pk)].append(((content_type, referred), path))
    return found


def _texts_of(references: Iterable[Reference]) -> dict[Target, list[Text]]:
    """What readers see of these pictures, documents and pages."""
    pks = defaultdict(set)
    for (content_type, pk), _path in references:
        pks[content_type].add(pk)

    def items(model: type[models.Model]) -> models.QuerySet:
        content_type = ContentType.objects.get_for_model(model).pk
        return model._base_manager.filter(pk__in=pks[content_type])

    texts: dict[Target, list[Text]] = defaultdict(list)
    for picture in items(Picture):
        words = (picture.description, picture.credit, *picture.other_descriptions.values())
        texts[target(picture)] += map(Text, words)
    for document in items(get_document_model()):
        texts[target(document)] = [Text(document.title), Text(document.filename, True)]
    # A link leads to the translation that a reader reads.
    pages = {page: page.translation_key for page in items(Page)}
    translations: dict[object, list[Text]] = defaultdict(list)
    for page in Page.objects.filter(translation_key__in=pages.values()).specific():
        words = (page.title, getattr(page, "summary", ""))
        translations[page.translation_key] += [*map(Text, words), Text(page.slug, is_address=True)]
    for page, key in pages.items():
        texts[target(page)] = translations[key]
    return texts
