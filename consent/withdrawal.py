"""Withdrawal of consent: plan what to erase, erase it, and record it for restored backups."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import cast

from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page, ReferenceIndex
from wagtail.models.reference_index import ReferenceIndexQuerySet

from consent import erasure, gone_urls, localize, registry, text_search
from consent.mixins import HasConsent
from consent.models import Withdrawal
from consent.signals import withdrawn

# Stored with the uploads as well as in the database, to survive restoring an older database.
FOLDER = "withdrawals"
MIN_PHRASE_WORDS = 3  # words; shorter phrases also match unrelated pages


@dataclass
class Use:
    """An object that is kept but shows, links to or names the withdrawn content."""

    content_object: models.Model
    places: list[str]

    @property
    def edit_url(self) -> str:
        return registry.edit_url(self.content_object)


@dataclass
class Plan:
    """What a withdrawal erases, and what editors must still edit."""

    pages: list[Page]
    files: list[models.Model]
    shared: list[models.Model]  # kept, because something else uses them
    uses: list[Use]
    phrases: list[str]
    matches: list[text_search.TextMatch]

    @property
    def consent_items(self) -> list[HasConsent]:
        return [item for item in (*self.pages, *self.files) if isinstance(item, HasConsent)]


def make_plan(item: HasConsent) -> Plan:
    """Plan the withdrawal of `item`, its copies, aliases and translations, and their files."""
    same = list(type(item)._default_manager.filter(consent=item.consent_id))
    pages = cast("list[Page]", same if isinstance(item, Page) else [])
    used = _used_files(pages)
    files: list[models.Model] = [*same]
    if pages:
        files = [file for file in used if not _references(pages, [file]).exists()]
    shared = [file for file in used if file not in files]
    phrases = [
        phrase
        for item in same
        for phrase in item.identifying_phrases()
        if len(phrase.split()) >= MIN_PHRASE_WORDS
    ]
    matches = text_search.find(phrases, exclude=[*pages, *files])
    return Plan(pages, files, shared, list(uses(pages, files)), phrases, matches)


def _used_files(pages: list[Page]) -> list[models.Model]:
    """Pictures and documents used in any revision of these pages."""
    models_by_content_type = {
        ContentType.objects.get_for_model(model).pk: model
        for model in (get_image_model(), get_document_model())
    }
    used = set()
    for page in pages:
        old_versions = (revision.as_object() for revision in page.revisions.all())
        for version in (page, *old_versions):
            for content_type, pk, *_path in ReferenceIndex._extract_references_from_object(version):
                if content_type in models_by_content_type:
                    used.add((content_type, pk))
    found = (
        models_by_content_type[content_type].objects.filter(pk=pk).first()
        for content_type, pk in sorted(used)
    )
    return [file for file in found if file]


def _references(pages: Sequence[Page], items: Sequence[models.Model]) -> ReferenceIndexQuerySet:
    """References to `items` from anything but `pages`."""
    to_items = ReferenceIndex.get_references_to_in_bulk(items)
    if not pages:
        return to_items
    content_type = ContentType.objects.get_for_model(Page)
    return to_items.exclude(
        base_content_type=content_type, object_id__in=[str(page.pk) for page in pages]
    )


def uses(pages: list[Page], files: list[models.Model]) -> Iterator[Use]:
    """Yield objects other than these that show or link to any of them."""
    for item, references in _references(pages, [*pages, *files]).group_by_source_object():
        # Redirects are erased with their page; aliases repeat their source.
        if isinstance(item, Redirect) or getattr(item, "alias_of_id", None):
            continue
        places = {str(reference.describe_source_field()) for reference in references}
        yield Use(item.specific if isinstance(item, Page) else item, sorted(places))


def withdraw(plan: Plan) -> None:
    """Erase everything in the plan, and record it so that a restored backup is erased again."""
    with transaction.atomic():
        paths, urls = gone_urls.of_pages(plan.pages)
        items = plan.consent_items  # read now: deleting clears their pks
        linking_pages = [
            use.content_object for use in plan.uses if isinstance(use.content_object, Page)
        ]
        urls |= {page.full_url for page in linking_pages}
        fingerprints = [fingerprint(item) for item in items]
        withdrawn.send(Plan, pages=plan.pages, files=plan.files, urls=sorted(filter(None, urls)))
        erasure.erase_pages(plan.pages, paths)
        erasure.erase_files(plan.files)
        erasure.erase_unsaved_input()
        erasure.erase_from_logs(plan.phrases)
        text_search.delete_older_revisions(plan.matches)
        text_search.delete_history(linking_pages)
        localize.erase_old_segments(linking_pages)
        record = {
            "withdrawn_at": timezone.now().isoformat(),
            "fingerprints": fingerprints,
            "addresses": [gone_urls.path_hashes(path)[0] for path in sorted(paths)],
        }
        _store_record(record)
        save_records([record])


def fingerprint(item: HasConsent) -> str:
    """SHA-256 of the record's key. The key is random, so the hash reveals nothing."""
    return sha256(str(item.record.key).encode()).hexdigest()


def load_records() -> list[dict]:
    """Withdrawal records stored with the uploads, one JSON file each."""
    if not default_storage.exists(FOLDER):
        return []
    names = default_storage.listdir(FOLDER)[1]
    return [json.loads(default_storage.open(f"{FOLDER}/{name}").read()) for name in sorted(names)]


def save_records(records: Iterable[dict]) -> None:
    """Save the records that are not stored with the uploads yet."""
    for record in records:
        name = f"{FOLDER}/{record['fingerprints'][0]}.json"
        if not default_storage.exists(name):
            default_storage.save(name, ContentFile(json.dumps(record).encode()))


def apply_all() -> int:
    """Erase again what a restored backup brought back. Returns the number of withdrawals."""
    for record in load_records():
        _store_record(record)
    gone = set(Withdrawal.objects.values_list("fingerprint", flat=True))
    count = 0
    for model in registry.consent_models():
        for pk in list(model._default_manager.values_list("pk", flat=True)):
            item = model._default_manager.filter(pk=pk).first()  # may be erased with another
            if item and fingerprint(item) in gone:
                withdraw(make_plan(item))
                count += 1
    return count


def _store_record(record: dict) -> None:
    when = datetime.fromisoformat(record["withdrawn_at"])
    Withdrawal.objects.bulk_create(
        (Withdrawal(fingerprint=one, withdrawn_at=when) for one in record["fingerprints"]),
        ignore_conflicts=True,
    )
    gone_urls.store_hashes(record["addresses"])
