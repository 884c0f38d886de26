"""Withdrawal is erasure: what it takes along, what it leaves to people, and what it remembers."""

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

# Beside the uploads, not only in the database: the list must outlive a restored older database.
FOLDER = "withdrawals"
TELLING = 3  # words: fewer stand on many pages that have nothing to do with it


@dataclass
class Use:
    """Something that stays and shows, links or names what is withdrawn."""

    thing: models.Model
    places: list[str]

    @property
    def edit_url(self) -> str:
        return registry.edit_url(self.thing)


@dataclass
class Plan:
    """All that one withdrawal erases, and what a person must still edit."""

    pages: list[Page]
    files: list[models.Model]
    shared: list[models.Model]  # stay, because something else uses them too
    uses: list[Use]
    words: list[str]
    quoting: list[text_search.Quoting]

    @property
    def things(self) -> list[ConsentFields]:
        return [one for one in (*self.pages, *self.files) if isinstance(one, ConsentFields)]


def plan(thing: ConsentFields) -> Plan:
    """What withdrawing `thing` means: it, its copies, aliases and translations, and their files."""
    same = list(type(thing)._default_manager.filter(subject_key=thing.subject_key))
    pages = cast("list[Page]", same if isinstance(thing, Page) else [])
    used = _files_of(pages)
    files: list[models.Model] = [*same]
    if pages:
        files = [file for file in used if not _references(pages, [file]).exists()]
    shared = [file for file in used if file not in files]
    words = [
        word for one in same for word in one.identifying_phrases() if len(word.split()) >= TELLING
    ]
    quoting = text_search.find(words, besides=[*pages, *files])
    return Plan(pages, files, shared, list(uses(pages, files)), words, quoting)


def _files_of(pages: list[Page]) -> list[models.Model]:
    """Pictures and documents that any version of these pages uses."""
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
    """What points at `things` from outside of `pages`."""
    to_things = ReferenceIndex.get_references_to_in_bulk(things)
    if not pages:
        return to_things
    kind = ReferenceIndex._get_base_content_type(Page)
    return to_things.exclude(base_content_type=kind, object_id__in=[str(page.pk) for page in pages])


def uses(pages: list[Page], files: list[models.Model]) -> Iterator[Use]:
    """What shows or leads to any of these, from outside of them."""
    for thing, references in _references(pages, [*pages, *files]).group_by_source_object():
        # A redirect goes with its page; an alias says what its page says.
        if isinstance(thing, Redirect) or getattr(thing, "alias_of_id", None):
            continue
        places = {str(reference.describe_source_field()) for reference in references}
        yield Use(thing.specific if isinstance(thing, Page) else thing, sorted(places))


def withdraw(what: Plan) -> None:
    """Erases all of `what`, and makes sure that no backup brings it back."""
    with transaction.atomic():
        paths, urls = gone_urls.of_pages(what.pages)
        things = what.things  # deleting takes their keys away
        users = [use.thing for use in what.uses if isinstance(use.thing, Page)]
        urls |= {page.full_url for page in users}
        fingerprints = [fingerprint(thing) for thing in things]
        erasure.erase_reminders(things)
        withdrawn.send(Plan, pages=what.pages, files=what.files, urls=sorted(filter(None, urls)))
        erasure.erase_pages(what.pages, paths)
        erasure.erase_files(what.files)
        erasure.erase_what_was_typed()
        erasure.erase_from_logs(what.words)
        text_search.delete_older(what.quoting)
        text_search.delete_history(users)
        localize.erase_former(users)
        record = {
            "withdrawn_at": timezone.now().isoformat(),
            "fingerprints": fingerprints,
            "addresses": [gone_urls.marks(path)[0] for path in sorted(paths)],
        }
        _remember(record)
        keep([record])


def fingerprint(thing: ConsentFields) -> str:
    """The key is random, so its hash tells nothing to whoever finds the list."""
    return sha256(str(thing.subject_key).encode()).hexdigest()


def records() -> list[dict]:
    """The list that lies beside the uploads, one file for each withdrawal."""
    if not default_storage.exists(FOLDER):
        return []
    names = default_storage.listdir(FOLDER)[1]
    return [json.loads(default_storage.open(f"{FOLDER}/{name}").read()) for name in sorted(names)]


def keep(list_: Iterable[dict]) -> None:
    """Writes into the list what is not in it yet."""
    for record in list_:
        name = f"{FOLDER}/{record['fingerprints'][0]}.json"
        if not default_storage.exists(name):
            default_storage.save(name, ContentFile(json.dumps(record).encode()))


def apply_all() -> int:
    """Erases again whatever a restored backup brought back; how many it were."""
    for record in records():
        _remember(record)
    gone = set(Withdrawal.objects.values_list("fingerprint", flat=True))
    count = 0
    for kind in registry.kinds():
        for pk in list(kind._default_manager.values_list("pk", flat=True)):
            thing = kind._default_manager.filter(pk=pk).first()  # may have gone with another
            if thing and fingerprint(thing) in gone:
                withdraw(plan(thing))
                count += 1
    return count


def _remember(record: dict) -> None:
    when = datetime.fromisoformat(record["withdrawn_at"])
    Withdrawal.objects.bulk_create(
        (Withdrawal(fingerprint=one, withdrawn_at=when) for one in record["fingerprints"]),
        ignore_conflicts=True,
    )
    gone_urls.remember(record["addresses"])
