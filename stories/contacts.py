from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from actions.encryption import EncryptedField, HasEncryptedFields, decrypt, encrypt
from consent.models import ConsentRecord


class Submission(models.Model):
    """Marks a story that a reader sent.

    If no consent form is signed, the story is erased after PERSONAL_DATA_RETENTION_DAYS. This row
    is kept longer than the contact details, which are deleted when a steward has replied. The row
    belongs to the consent record, because the person's picture or a copy of the page may exist
    longer than the page.
    """

    wagtail_reference_index_ignore = True

    consent = models.OneToOneField(
        ConsentRecord, on_delete=models.CASCADE, related_name="submission"
    )
    sent_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.consent_id}, {self.sent_at:%Y-%m-%d}"


class Contact(HasEncryptedFields):
    """Contact details of a person who sent a story, encrypted and stored apart from it.

    Deleted once a steward has replied, and at the latest after PERSONAL_DATA_RETENTION_DAYS.
    """

    wagtail_reference_index_ignore = True

    page = models.OneToOneField(
        "stories.StoryPage", on_delete=models.CASCADE, related_name="contact"
    )
    reach = EncryptedField()  # an email address, or a phone number and when to call
    # Keyed hash of the whole submission, to detect duplicates.
    key = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField(default=timezone.now)
    # The worker could not read the picture that was sent with the story.
    is_picture_damaged = models.BooleanField(default=False, db_default=False)

    def __str__(self) -> str:
        return f"{self.page_id}, {self.sent_at:%Y-%m-%d}"

    @property
    def ends_at(self) -> datetime:
        return self.sent_at + timedelta(days=settings.PERSONAL_DATA_RETENTION_DAYS)


class PicturePart(models.Model):
    """An encrypted part of the picture file of a sent story, kept until the worker cleans the file.

    A file is stored in parts, because encrypting it whole takes several times its size in memory.
    """

    wagtail_reference_index_ignore = True

    page = models.ForeignKey(
        "stories.StoryPage", on_delete=models.CASCADE, related_name="picture_parts"
    )
    encrypted = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.page_id}, {self.pk}"

    @classmethod
    def store(cls, page: models.Model, chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            cls.objects.create(page=page, encrypted=encrypt(chunk))

    @classmethod
    def read(cls, page: int) -> bytes:
        """The file that was sent with this page, or empty bytes."""
        parts = cls.objects.filter(page=page).order_by("pk").values_list("encrypted", flat=True)
        return b"".join(decrypt(bytes(part)) for part in parts.iterator(chunk_size=1))
