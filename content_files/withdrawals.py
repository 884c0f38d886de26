"""Prevents withdrawn content from being loaded again from its file."""

import hashlib

from django.db.models import Model, Q
from django.dispatch import receiver

from consent.signals import withdrawn
from content_files.models import SETTINGS_KEY, LoadedFile
from pictures.models import Picture


def withdrawn_key(key: str) -> str:
    """Return a hashed key, because the key itself may name a person."""
    return f"withdrawn/{hashlib.sha256(key.encode()).hexdigest()}"


@receiver(withdrawn)
def hash_withdrawn_keys(pages: list[Model], files: list[Model], **kwargs: object) -> None:
    """Replace the keys of erased pages and pictures by hashed keys."""
    is_picture = Q(key__startswith="pictures/")
    loaded_pages = LoadedFile.objects.exclude(is_picture | Q(key=SETTINGS_KEY))
    # Documents are never loaded from files, but may have the primary key of a loaded picture.
    pictures = [file.pk for file in files if isinstance(file, Picture)]
    for loaded in (
        *loaded_pages.filter(object_id__in=[page.pk for page in pages]),
        *LoadedFile.objects.filter(is_picture, object_id__in=pictures),
    ):
        LoadedFile.objects.filter(pk=loaded.pk).update(key=withdrawn_key(loaded.key))
