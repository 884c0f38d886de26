from datetime import timedelta

from django.core.management.base import BaseCommand
from django.utils import timezone
from wagtail.images.models import get_rendition_storage

from pictures.renditions import files_without_row

MIN_AGE = timedelta(hours=1)  # a file is stored before its row is committed


class Command(BaseCommand):
    help = "Deletes files of renditions without a row, for example after SQL deleted the row."

    def handle(self, **options: object) -> None:
        storage, newest = get_rendition_storage(), timezone.now() - MIN_AGE
        count = 0
        for name in files_without_row():
            if storage.get_modified_time(name) < newest:
                storage.delete(name)
                count += 1
        self.stdout.write(f"{count} files without a rendition deleted.")
