"""Prevents withdrawn content from being loaded again from its file."""

import hashlib

from django.db.models import Model, Q
from django.dispatch import receiver

from consent.signals import withdrawn
from content_files.models import LoadedFile


def withdrawn_key(key: str) -> str:
    """Return a hashed key, because the key itself may name a person."""
    return f"withdrawn/{hashlib.sha256(key.encode()).hexdigest()}"


@receiver(withdrawn)
def hash_withdrawn_keys(pages: list[Model], files: list[Model], **kwargs: object) -> None:
    of_pages = Q(object_id__in=[page.pk for page in pages]) & ~Q(key__startswith="pictures/")
    of_files = Q(object_id__in=[file.pk for file in files], key__startswith="pictures/")
    for loaded in LoadedFile.objects.filter(of_pages | of_files):
        LoadedFile.objects.filter(pk=loaded.pk).update(key=withdrawn_key(loaded.key))
