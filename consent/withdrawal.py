"""Withdrawal of consent: plan what to erase, erase it, and record it for restored backups."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import cast

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
from consent.models import ConsentFields, Withdrawal
from consent.signals import withdrawn

# Stored with the uploads as well as in the database, to survive restoring an older database.
FOLDER = "withdrawals"
MIN_PHRASE_WORDS = 3  # words; shorter phrases also match unrelated pages


@dataclass
class Use:
    """An object that is kept but shows, links to or names the withdrawn content."""

    thing: models.Model
    places: list[str]

    @property
    def edit_url(self) -> str:
        return registry.edit_url(self.thing)


@dataclass
class Plan:
    """What a withdrawal erases, and what editors must still edit."""

    pages: list[Page]
    files: list[models.Model]
    shared: list[models.Model]  # kept, because something else uses them
    uses: list[Use]
    words: list[str]
    quoting: list[text_search.TextMatch]

    @property
    def things(self) -> list[ConsentFields]:
        return [one for one in (*self.pages, *self.files) if isinstance(one, ConsentFields)]


def plan(thing: ConsentFields) -> Plan:
    """Plan the withdrawal of `thing`, its copies, aliases and translations, and their files."""
    same = list(type(thing)._default_manager.filter(subject_key=thing.subject_key))
    pages = cast("list[Page]", same if isinstance(thing, Page) else [])
    used = _files_of(pages)
    files: list[models.Model] = [*same]
    if pages:
        files = [file for file in used if not _references(pages, [file]).exists()]
    shared = [file for file in used if file not in files]
    words = [
        word
        for one in same
        for word in one.identifying_phrases()
        if len(word.split()) >= MIN_PHRASE_WORDS
    ]
    quoting = text_search.find(words, besides=[*pages, *files])
    return Plan(pages, files, shared, list(uses(pages, files)), words, quoting)


def _files_of(pages: list[Page]) -> list[models.Model]:
    """Pictures and documents used in any revision of these pages."""
    kinds = {
        ReferenceIndex._get_base_content_type(model).pk: model
        for model in (get_image_model(), get_document_model())
    }
    used = set()
    for page in pages:
        versions = (revision.as_object() for revision in page.revisions.all())
        for version in (page, *versions):
            for kind, pk, *_path in ReferenceIndex._extract_references_from_object(version):
                if kind in kinds:
                    used.add((kind, pk))
    found = (kinds[kind].objects.filter(pk=pk).first() for kind, pk in sorted(used))
    return [file for file in found if file]


def _references(pages: Sequence[Page], things: Sequence[models.Model]) -> ReferenceIndexQuerySet:
    """References to `things` from anything but `pages`."""
    to_things = ReferenceIndex.get_references_to_in_bulk(things)
    if not pages:
        return to_things
    kind = ReferenceIndex._get_base_content_type(Page)
    return to_things.exclude(base_content_type=kind, object_id__in=[str(page.pk) for page in pages])


def uses(pages: list[Page], files: list[models.Model]) -> Iterator[Use]:
    """Yield objects other than these that show or link to any of them."""
    for thing, references in _references(pages, [*pages, *files]).group_by_source_object():
        # Redirects are erased with their page; aliases repeat their source.
        if isinstance(thing, Redirect) or getattr(thing, "alias_of_id", None):
            continue
        places = {str(reference.describe_source_field()) for reference in references}
        yield Use(thing.specific if isinstance(thing, Page) else thing, sorted(places))


def withdraw(what: Plan) -> None:
    """Erase everything in the plan, and record it so that a restored backup is erased again."""
    with transaction.atomic():
        paths, urls = gone_urls.of_pages(what.pages)
        things = what.things  # read now: deleting clears their pks
        users = [use.thing for use in what.uses if isinstance(use.thing, Page)]
        urls |= {page.full_url for page in users}
        fingerprints = [fingerprint(thing) for thing in things]
        erasure.erase_reminders(things)
        withdrawn.send(Plan, pages=what.pages, files=what.files, urls=sorted(filter(None, urls)))
        erasure.erase_pages(what.pages, paths)
        erasure.erase_files(what.files)
        erasure.erase_unsaved_input()
        erasure.erase_from_logs(what.words)
        text_search.delete_older(what.quoting)
        text_search.delete_history(users)
        localize.erase_old_segments(users)
        record = {
            "withdrawn_at": timezone.now().isoformat(),
            "fingerprints": fingerprints,
            "addresses": [gone_urls.path_hashes(path)[0] for path in sorted(paths)],
        }
        _store_record(record)
        save_records([record])


def fingerprint(thing: ConsentFields) -> str:
    """SHA-256 of the subject_key. The key is random, so the hash reveals nothing."""
    return sha256(str(thing.subject_key).encode()).hexdigest()


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
    for kind in registry.consent_models():
        for pk in list(kind._default_manager.values_list("pk", flat=True)):
            thing = kind._default_manager.filter(pk=pk).first()  # may be erased with another
            if thing and fingerprint(thing) in gone:
                withdraw(plan(thing))
                count += 1
    return count


def _store_record(record: dict) -> None:
    when = datetime.fromisoformat(record["withdrawn_at"])
    Withdrawal.objects.bulk_create(
        (Withdrawal(fingerprint=one, withdrawn_at=when) for one in record["fingerprints"]),
        ignore_conflicts=True,
    )
    gone_urls.store_hashes(record["addresses"])
