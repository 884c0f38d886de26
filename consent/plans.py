"""Plans what a withdrawal erases, and lists what is kept and must be checked by an editor."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import cast

from django.contrib.contenttypes.models import ContentType
from django.db import models
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page

from consent import gone_urls, registry, text_search
from consent.mixins import HasConsent
from consent.models import ConsentRecord
from consent.normalization import UNSPACED
from consent.uses import Target, Use, references_in, target, uses

# Shorter phrases also match unrelated pages, whose older versions would be deleted.
MIN_PHRASE_WORDS = 3
MIN_PHRASE_LETTERS = 6  # in languages without spaces between words


@dataclass
class Plan:
    """What a withdrawal erases, and what editors must still edit."""

    records: list[ConsentRecord]
    pages: list[Page]
    files: list[models.Model]
    redirects: list[Redirect]
    shared: dict[models.Model, list[Use]]  # files kept because other objects use them
    uses: list[Use]  # kept objects that use what is erased
    copies: list[HasConsent]  # pictures that show the same as the erased pictures
    related: list[HasConsent]  # kept items that may be about the same person
    phrases: list[str]  # titles, quotes and alt texts of what is erased
    matches: list[text_search.TextMatch]  # kept objects that contain a phrase

    @property
    def consent_items(self) -> list[HasConsent]:
        return [item for item in (*self.pages, *self.files) if isinstance(item, HasConsent)]

    @property
    def using_pages(self) -> list[Page]:
        """Pages that are kept, but whose older versions are deleted."""
        return [use.content_object for use in self.uses if isinstance(use.content_object, Page)]

    @cached_property
    def digest(self) -> str:
        """Hash of what is erased and of what stays, to detect changes."""
        uses = (use.content_object for use in self.uses)
        items = (*self.pages, *self.files, *self.shared, *uses, *self.copies)
        # Includes the file name, because a new file may show somebody else.
        names = sorted(
            f"{item._meta.label} {item.pk} {getattr(item, 'file', '')}" for item in items
        )
        names += sorted(redirect.old_path for redirect in self.redirects)
        return sha256("\n".join(names).encode()).hexdigest()


def make_plan(records: Iterable[ConsentRecord]) -> Plan:
    """Plan to erase all pages and pictures of these records, and files that only the pages use."""
    records = list(records)
    items = [item for record in records for item in registry.items_of(record)]
    pages = cast("list[Page]", [item for item in items if isinstance(item, Page)])
    own: list[models.Model] = [item for item in items if not isinstance(item, Page)]
    other = [file for file in _used_files(pages) if file not in own]
    found = uses(pages, [*own, *other])
    in_use = {referred for use in found for referred in use.current_targets}
    files = [*own, *(file for file in other if target(file) not in in_use)]
    erased_targets = {target(item) for item in (*pages, *files)}
    shared = {
        file: [use for use in found if target(file) in use.current_targets]
        for file in other
        if file not in files
    }
    phrases = [
        phrase
        for item in items
        for phrase in item.identifying_phrases()
        if len(phrase.split()) >= MIN_PHRASE_WORDS
        or len(UNSPACED.findall(phrase)) >= MIN_PHRASE_LETTERS
    ]
    erased = [*pages, *files]
    redirects = gone_urls.redirects_to(erased)
    return Plan(
        records=records,
        pages=pages,
        files=files,
        redirects=redirects,
        shared=shared,
        uses=[use for use in found if _concerns(use, erased_targets)],
        copies=_others(
            erased, [copy for item in _with_consent(erased) for copy in item.near_copies()]
        ),
        related=_others(erased, _related(records, erased)),
        phrases=phrases,
        matches=text_search.find(phrases, exclude=[*erased, *redirects]),
    )


def _concerns(use: Use, erased: set[Target]) -> bool:
    """Whether an object uses one of the `erased` items, now or perhaps in older versions.

    `Use` does not say which items the older versions use. So an object without a current use is
    assumed to use one of the `erased` items.
    """
    current = use.current_targets | use.current_urls
    return not current or bool(current & erased)


def _used_files(pages: Sequence[Page]) -> list[models.Model]:
    """Pictures and documents used in any revision of these pages."""
    file_models = {
        ContentType.objects.get_for_model(model).pk: model
        for model in (get_image_model(), get_document_model())
    }
    used = set()
    for page in pages:
        old_versions = (revision.as_object() for revision in page.revisions.all())
        for version in (page, *old_versions):
            used |= {referred for referred, _path in references_in(version)}
    found = (
        file_models[content_type].objects.filter(pk=pk).first()
        for content_type, pk in sorted(used)
        if content_type in file_models
    )
    return [file for file in found if file]


def _related(records: list[ConsentRecord], erased: Sequence[models.Model]) -> list[HasConsent]:
    """Other stories, and pictures of the same photo session, that may be about the same person."""
    found = [other for item in _with_consent(erased) for other in item.others_by_same_person()]
    shared_records = {item.record for item in _with_consent(erased)} - set(records)
    return [*found, *(item for record in shared_records for item in registry.items_of(record))]


def _with_consent(items: Iterable[models.Model]) -> list[HasConsent]:
    return [item for item in items if isinstance(item, HasConsent)]


def _others(erased: Sequence[models.Model], items: Iterable[HasConsent]) -> list[HasConsent]:
    """The `items` that are not in `erased`, without duplicates."""
    return [item for item in dict.fromkeys(items) if item not in erased]
