"""Finds the real names of a story's teller in its texts and in what it shows or links to.

`story` is a StoryPage. Annotations cannot name StoryPage, because its module imports this module.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import models
from wagtail.blocks import StreamValue
from wagtail.documents import get_document_model
from wagtail.fields import StreamField
from wagtail.models import Locale, Page, ReferenceIndex, Revision

from consent.uses import Target, references_in, target
from editorial.public_pages import publicly_visible
from pictures.models import Picture
from stories.names import find, search_terms
from stories.published_names import PublishedName

Names = dict[str, set[str]]  # names, mapped to their search terms
Reference = tuple[Target, str]  # the object referred to, and the path of the field
# Keys: the object that a story refers to, and the story's language. The entry with an empty
# language is for stories in a language that has no entry.
Texts = Mapping[tuple[Target, str], Sequence["Text"]]
BATCH = 500  # stories
NAME_FIELDS = ("consent_id", "teller", "name_changed")
# `draft_title` and `url_path` repeat the title and slug. `_own_texts` adds `teller` if the page
# says that the name was changed.
FIELDS_NOT_SEARCHED = {"teller", "draft_title", "url_path"}


class Text(NamedTuple):
    text: str
    match_common_words: bool = False
    language: str = ""  # empty if it is not known


class KnownNames:
    """The real names that the pages of a consent record have or had."""

    def __init__(self) -> None:
        self.published: set[str] = set()  # published as the real name
        self.real: set[str] = set()  # in at least one version without “name changed”

    def real_with_terms(self, teller: str, *, name_changed: bool) -> Names:
        """The real names to search for in a page that shows `teller`, with their search terms.

        If the page marks its name as changed, the terms of `teller` are left out. This applies even
        if another version or page shows that name without the mark. Terms of names that were
        published as real are never left out.
        """
        real = self.real | self.published | ({teller} if not name_changed else set())
        terms = {name: search_terms(name) for name in real}
        if name_changed:
            published = {term.lower() for name in self.published for term in terms[name]}
            changed = {term.lower() for term in search_terms(teller)} - published
            for name, found in terms.items():
                terms[name] = {term for term in found if term.lower() not in changed}
        return {name: found for name, found in terms.items() if found}


def real_names(story: Any) -> Names:
    """The real names of the teller in any version of the pages that share the story's record.

    Includes names that are no longer in `teller`, because the texts may still contain them.
    """
    return _real_names_of(story, _known_names(type(story), {story.consent_id}))


def names_teller(story: Any) -> bool:
    """Whether the story, or something it shows or links to, contains a real name of its teller."""
    return bool(fields_with_name(story, _all_terms(real_names(story))))


def fields_with_name(page: Any, terms: Collection[str]) -> dict[str, str]:
    """The fields that contain one of the terms or refer to an object that does.

    The value of a field is the words found. It is empty if only an object to which the field refers
    contains them, because not every user may read that object.
    """
    if not terms:
        return {}
    references = [*references_in(page), *_issues_of(page)]
    return _fields_with_name(page, terms, references, _texts_of(references))


def recompute(stories: models.QuerySet) -> None:
    """Update the field `names_teller`, after objects that the stories show or link to changed."""
    pages = {page.pk: page for page in stories.values_list("pk", *NAME_FIELDS, named=True)}
    for start in range(0, len(pages), BATCH):
        pks = list(pages)[start : start + BATCH]
        known = _known_names(stories.model, {pages[pk].consent_id for pk in pks})
        terms = {pk: _all_terms(_real_names_of(pages[pk], known)) for pk in pks}
        with_terms = [pk for pk in pks if terms[pk]]
        references = _stored_references(stories.model, with_terms)
        texts = _texts_of(reference for found in references.values() for reference in found)
        found = [
            story.pk
            for story in stories.model._base_manager.filter(pk__in=with_terms).select_related(
                "locale"
            )
            if _fields_with_name(story, terms[story.pk], references[story.pk], texts)
        ]
        batch = stories.model._base_manager.filter(pk__in=pks)
        batch.filter(pk__in=found, names_teller=False).update(names_teller=True)
        batch.exclude(pk__in=found).filter(names_teller=True).update(names_teller=False)


def _real_names_of(page: Any, known: Mapping[int | None, KnownNames]) -> Names:
    names = known[page.consent_id]
    return names.real_with_terms(page.teller, name_changed=page.name_changed)


def _all_terms(names: Names) -> set[str]:
    return set().union(*names.values())


def _known_names(
    model: type[models.Model], records: set[int | None]
) -> defaultdict[int | None, KnownNames]:
    """The names in all pages and revisions of each consent record."""
    found: defaultdict[int | None, KnownNames] = defaultdict(KnownNames)
    for published in PublishedName.objects.filter(consent__in=records):
        found[published.consent_id].published.add(published.name)
    record_of = {}
    pages = model._base_manager.filter(consent__in=records)
    for page in pages.values_list("pk", *NAME_FIELDS, named=True):
        record_of[str(page.pk)] = page.consent_id
        if not page.name_changed:
            found[page.consent_id].real.add(page.teller)
    revisions = Revision.page_revisions.filter(object_id__in=record_of)
    with_real_name = revisions.exclude(content__teller="").exclude(content__name_changed=True)
    for pk, teller in with_real_name.values_list("object_id", "content__teller").distinct():
        found[record_of[pk]].real.add(teller)
    return found


def _fields_with_name(
    page: Any,
    terms: Collection[str],
    references: Iterable[Reference],
    texts_of: Texts,
) -> dict[str, str]:
    language = page.locale.language_code if page.locale_id else ""
    words: dict[str, str] = {}
    for field, text in _own_texts(page):
        if field not in words and (found := _find(text, terms)):
            words[field] = found
    for referred, path in references:
        field = path.partition(".")[0]
        if field != "alias_of" and field not in words:
            shown = texts_of.get((referred, language)) or texts_of.get((referred, ""), ())
            if any(_find(text, terms) for text in shown):
                words[field] = ""
    return words


def _find(text: Text, terms: Collection[str]) -> str:
    return find(
        text.text, terms, match_common_words=text.match_common_words, language=text.language
    )


def _own_texts(page: Any) -> list[tuple[str, Text]]:
    texts = []
    language = page.locale.language_code if page.locale_id else ""
    for field in page._meta.concrete_fields:
        if (
            isinstance(field, (models.CharField, models.TextField, StreamField))
            and not field.choices
            and field.name not in FIELDS_NOT_SEARCHED
        ):
            value = field.value_from_object(page) or ""
            if isinstance(value, StreamValue):
                value = "\n".join(_strings(value.get_prep_value()))
            texts.append((field.name, Text(value, field.name == "slug", language)))
    if page.name_changed:
        texts.append(("teller", Text(page.teller, match_common_words=True)))
    return texts


def _strings(value: object) -> Iterator[str]:
    """The texts in a StreamField, without the types and ids of its blocks."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        for part in [value["value"]] if {"type", "value"} <= value.keys() else value.values():
            yield from _strings(part)


def _issues_of(story: Any) -> Iterator[Reference]:
    return ((target(issue), "issues") for issue in story.issues.all())


def _stored_references(model: Any, pks: Collection[int]) -> dict[int, list[Reference]]:
    """The references of these stories in the reference index, and their issues."""
    found: dict[int, list[Reference]] = defaultdict(list)
    page_type = ContentType.objects.get_for_model(Page)
    references = ReferenceIndex.objects.filter(
        base_content_type=page_type, object_id__in=map(str, pks)
    )
    for pk, content_type, referred, path in references.values_list(
        "object_id", "to_content_type", "to_object_id", "model_path"
    ):
        found[int(pk)].append(((content_type, referred), path))
    issues = model.issues.through.objects.filter(storypage__in=pks)
    for pk, issue in issues.values_list("storypage", "issuepage"):
        found[pk].append(((page_type.pk, str(issue)), "issues"))
    return found


def _texts_of(references: Iterable[Reference]) -> Texts:
    """The texts that readers see of the pictures, documents and pages in `references`."""
    pks = defaultdict(set)
    for (content_type, pk), _path in references:
        pks[content_type].add(pk)
    page_type, picture_type, document_type = (
        ContentType.objects.get_for_model(model).pk
        for model in (Page, Picture, get_document_model())
    )
    linked = Page.objects.filter(pk__in=pks[page_type])
    # A link leads to the public translation in the language of the story if there is one.
    key_of_linked = dict(linked.values_list("pk", "translation_key"))
    linked_by_key = defaultdict(list)
    for pk, key in key_of_linked.items():
        linked_by_key[key].append(pk)
    public = set(
        publicly_visible(
            Page.objects.filter(translation_key__in=key_of_linked.values())
        ).values_list("pk", flat=True)
    )
    pages = list(Page.objects.filter(pk__in=public.union(key_of_linked)).specific())
    pks[picture_type] |= {pk for page in pages for pk in _pictures_on_card(page)}
    texts: dict[tuple[Target, str], list[Text]] = {}
    for picture in Picture.objects.filter(pk__in=pks[picture_type]):
        words = (picture.description, picture.credit, *picture.other_descriptions.values())
        texts[(picture_type, str(picture.pk)), ""] = [*map(Text, words)]
    for document in get_document_model().objects.filter(pk__in=pks[document_type]):
        texts[(document_type, str(document.pk)), ""] = [
            Text(document.title),
            Text(document.filename, match_common_words=True),
        ]
    languages = dict(Locale.objects.values_list("pk", "language_code"))
    for page in pages:
        language = languages[page.locale_id]
        found = _texts_on_card(page, language)
        for pk in _pictures_on_card(page):
            found += texts.get(((picture_type, pk), ""), ())
        if page.pk in key_of_linked:
            texts[(page_type, str(page.pk)), ""] = found
        if page.pk in public:
            for pk in linked_by_key[page.translation_key]:
                texts[(page_type, str(pk)), language] = found
    return texts


def _texts_on_card(page: Any, language: str) -> list[Text]:
    words = (page.title, getattr(page, "summary", ""), getattr(page, "pull_quote", ""))
    return [
        *(Text(text, language=language) for text in words),
        Text(page.slug, match_common_words=True),
    ]


def _pictures_on_card(page: Any) -> set[str]:
    """The pk of each picture that the card of a page may show."""
    pks = {
        field.value_from_object(page)
        for field in page._meta.concrete_fields
        if field.related_model is Picture and field.name != "social_picture"
    }
    return set(map(str, pks - {None}))
