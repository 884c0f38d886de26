"""Keeps the answers to “Who is shown” for files of deleted pictures and for replaced files.

Otherwise users could upload such a file again and answer differently.
"""

from django.db import models

from consent.changes import was_narrowed
from consent.models import PICTURES_NEED_CONSENT, ConsentRecord, Scope, Shown
from pictures.same_pictures import Hashed


class FormerFile(models.Model):
    """The hashes of a deleted or replaced file, and who was said to be shown in it.

    It has no title, no date and no user. It is kept after a withdrawal, because the person who
    withdrew must be protected from a new upload too.
    """

    file_hash = models.CharField(max_length=40)
    difference_hash = models.BigIntegerField(null=True)
    shown = models.CharField(max_length=20, choices=Shown.choices, blank=True)
    # Whether the consent record excluded a use. Always False if `shown` says that consent is
    # needed.
    is_narrowed = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["file_hash", "shown", "is_narrowed"], name="former_file_once"
            )
        ]

    def __str__(self) -> str:
        return self.file_hash

    def has_same_file(self, other: Hashed) -> bool:
        return self.file_hash == other.file_hash

    @property
    def record(self) -> ConsentRecord:
        """An unsaved consent record, to compare new answers with the answer for this file.

        If `is_narrowed`, it excludes every use.
        """
        scopes = {f"for_{scope}": not self.is_narrowed for scope in Scope}
        return ConsentRecord(shown=self.shown, **scopes)


def remember(file: Hashed, record: ConsentRecord) -> None:
    """Keep what `record` says about a file that is about to be deleted or replaced."""
    if not record.shown:
        is_narrowed = was_narrowed(record)
    else:
        everywhere = all(getattr(record, f"for_{scope}") for scope in Scope)
        is_narrowed = record.shown not in PICTURES_NEED_CONSENT and not everywhere
    if file.file_hash and (is_narrowed or record.shown not in ("", Shown.NO_ONE)):
        former = FormerFile(
            file_hash=file.file_hash,
            difference_hash=file.difference_hash,
            shown=record.shown,
            is_narrowed=is_narrowed,
        )
        FormerFile.objects.bulk_create([former], ignore_conflicts=True)
