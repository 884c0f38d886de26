import re
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand
from django.db import transaction

from consent.mixins import WithdrawnMeanwhile
from pictures.models import Picture

RANDOM_NAME = re.compile(r"[0-9a-f]{32}")


class Command(BaseCommand):
    help = "Cleans pictures that an earlier version of the site stored as they were uploaded."

    def handle(self, **options: object) -> None:
        cleaned = 0
        for picture in Picture.objects.order_by("pk"):
            if RANDOM_NAME.fullmatch(PurePath(str(picture.file)).stem):
                continue  # already cleaned on upload; another encoding would reduce the quality
            try:
                self._clean(picture)
                cleaned += 1
            except (OSError, ValidationError, WithdrawnMeanwhile) as error:
                self.stderr.write(f"Picture {picture.pk} “{picture.title}” was skipped: {error}")
        self.stdout.write(f"{cleaned} pictures cleaned.")

    @transaction.atomic
    def _clean(self, picture: Picture) -> None:
        # Saving a file resets these fields, but the cleaned file shows the same picture.
        names = ("consent", "description", "other_descriptions", "is_decoration")
        kept = {name: getattr(picture, name) for name in names}
        with picture.file.open() as stored:
            content = ContentFile(stored.read())
        picture.file.save(PurePath(str(picture.file)).name, content, save=False)
        for name, value in kept.items():
            setattr(picture, name, value)
        picture.save()
