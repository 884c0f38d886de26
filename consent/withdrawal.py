"""Erases what a withdrawal plan lists, and records what to erase again if a backup restores it."""

import json
import re
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from functools import wraps
from hashlib import sha256
from itertools import count
from typing import ParamSpec, TypeVar

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError, connection, models, transaction
from django.utils import timezone
from psycopg.errors import DeadlockDetected, LockNotAvailable

from consent import erasure, gone_urls, localize, registry, text_search
from consent.models import ConsentRecord, Withdrawal
from consent.plans import Plan, make_plan
from consent.signals import withdrawn

# Each withdrawal is stored twice: in the database, and as a JSON file in this folder of the
# uploads. The file remains if an older database is restored.
FOLDER = "withdrawals"
SHA256 = re.compile("[0-9a-f]{64}")


# After one second of deadlock, PostgreSQL ends one of the two transactions. A withdrawal stops
# waiting sooner, and `retry_if_locked` repeats it. So PostgreSQL does not end the other
# transaction, which may be saving a form that somebody filled in.
LOCK_TIMEOUT = "500ms"
ATTEMPTS = 10

P = ParamSpec("P")
T = TypeVar("T")


class AlreadyWithdrawn(Exception):
    """A record of the plan no longer exists."""


def retry_if_locked(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function that withdraws: run it in a transaction, and again after a lock error."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        attempts = count(1)
        while True:
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except OperationalError as error:
                is_lock = isinstance(error.__cause__, (DeadlockDetected, LockNotAvailable))
                if not is_lock or next(attempts) == ATTEMPTS:
                    raise

    return run


def withdraw(plan: Plan, user: AbstractUser | AnonymousUser | None = None) -> None:
    """Erase everything in the plan, and record what to erase again if a backup restores it.

    In objects outside the plan, erase older versions and history that contain a phrase of the plan:
    a title, quote or alt text of what is erased. With a `user`, skip objects that `user` may not
    rewrite.

    Raises AlreadyWithdrawn if another withdrawal was faster.
    """
    with transaction.atomic():
        lock([record.pk for record in plan.records])
        plan.files = _lock_files(plan.files)
        paths, urls = gone_urls.of_pages(plan.pages)
        old_paths = {redirect.old_path for redirect in plan.redirects}
        paths |= old_paths
        erased_paths = gone_urls.of_items([*plan.pages, *plan.files])
        url_pattern = gone_urls.links_to(erased_paths, exact=old_paths)
        linking_pages = plan.using_pages
        urls |= {page.full_url for page in linking_pages}
        fingerprints = _fingerprints(plan)
        withdrawn.send(Plan, pages=plan.pages, files=plan.files, urls=sorted(filter(None, urls)))
        erasure.erase_redirects(plan.redirects)
        erasure.erase_pages(plan.pages)
        erasure.erase_files(plan.files)
        erasure.erase_unsaved_input()
        text_search.erase_from_history(plan.phrases, user, url_pattern)
        text_search.delete_older_revisions(
            match for match in plan.matches if text_search.may_rewrite(user, match.content_object)
        )
        text_search.delete_history(
            page for page in linking_pages if text_search.may_rewrite(user, page)
        )
        localize.erase_old_segments(linking_pages)
        record = {
            "withdrawn_at": timezone.now().isoformat(),
            "fingerprints": fingerprints,
            "addresses": [gone_urls.path_hashes(path)[0] for path in sorted(paths)],
        }
        _store_record(record)
        # Check constraints before the file is written: a failed commit would not delete the file.
        connection.check_constraints()
        save_records([record])


def lock(pks: Collection[int]) -> None:
    """Block other withdrawals, and saves of pages and pictures of the records with these pks.

    First waits until running withdrawals and saves have ended. The locks last until the transaction
    ends. Later statements of the transaction wait at most LOCK_TIMEOUT for a lock.

    Raises AlreadyWithdrawn if one of the records does not exist any more.
    """
    with connection.cursor() as cursor:
        # All withdrawals share one lock, because two might lock the same records in opposite order.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('consent.withdrawal'))")
    found = ConsentRecord.objects.select_for_update().filter(pk__in=pks)
    if len(found) < len(set(pks)):
        raise AlreadyWithdrawn
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")


def _lock_files(files: Collection[models.Model]) -> list[models.Model]:
    """Wait until pictures and documents are not being saved or resized, then lock and reload them.

    Without the locks, a save could write a file or rendition of a picture that is erased.
    """
    locked: list[models.Model] = []
    for model in {type(file) for file in files}:
        keys = [file.pk for file in files if isinstance(file, model)]
        locked += model._base_manager.select_for_update().filter(pk__in=keys).order_by("pk")
    return locked


def fingerprint(record: ConsentRecord) -> str:
    """SHA-256 of the record's key. The key is random, so the hash reveals nothing."""
    return sha256(str(record.key).encode()).hexdigest()


def _fingerprints(plan: Plan) -> list[str]:
    """Fingerprints of the records that no object will use after the withdrawal.

    A portrait's record may also belong to other pictures of the photo session, which are kept.
    """
    erased = plan.consent_items
    records = dict.fromkeys([*plan.records, *(item.record for item in erased)])
    return [
        fingerprint(record)
        for record in records
        if all(item in erased for item in registry.items_of(record))
    ]


def load_records() -> list[dict]:
    """Load the withdrawal records stored with the uploads, one JSON file each."""
    if not default_storage.exists(FOLDER):
        return []
    names = default_storage.listdir(FOLDER)[1]
    return [parse_record(default_storage.open(f"{FOLDER}/{name}").read()) for name in sorted(names)]


def parse_record(text: bytes) -> dict:
    """Parse a stored withdrawal record. Raises ValueError if `text` is anything else."""
    try:
        record = json.loads(text)
        datetime.fromisoformat(record["withdrawn_at"])
        hashes = [*record["fingerprints"], *record["addresses"]]
        if record["fingerprints"] and all(map(SHA256.fullmatch, hashes)):
            return record
    except (KeyError, RecursionError, TypeError, ValueError):
        pass
    raise ValueError("This is not a withdrawal record.")


def save_records(records: Iterable[dict]) -> None:
    """Store each record with the uploads, unless it is stored there already."""
    for record in records:
        name = f"{FOLDER}/{record['fingerprints'][0]}.json"
        if not default_storage.exists(name):
            default_storage.save(name, ContentFile(json.dumps(record).encode()))


def apply_all() -> int:
    """Erase withdrawn content that a backup restored. Returns the number of its consent records."""
    for stored in load_records():
        _store_record(stored)
    gone = set(Withdrawal.objects.values_list("fingerprint", flat=True))
    withdrawn_records = [r for r in ConsentRecord.objects.all() if fingerprint(r) in gone]
    for record in withdrawn_records:
        _withdraw_again(record)
    return len(withdrawn_records)


@retry_if_locked
def _withdraw_again(record: ConsentRecord) -> None:
    # The withdrawal of a previous record may have erased this one.
    if ConsentRecord.objects.filter(pk=record.pk).exists():
        withdraw(make_plan([record]))


def _store_record(record: dict) -> None:
    """Store a withdrawal record in the database; `save_records` stores it with the uploads."""
    when = datetime.fromisoformat(record["withdrawn_at"])
    Withdrawal.objects.bulk_create(
        (Withdrawal(fingerprint=one, withdrawn_at=when) for one in record["fingerprints"]),
        ignore_conflicts=True,
    )
    gone_urls.store_hashes(record["addresses"])
