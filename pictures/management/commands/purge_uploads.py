from datetime import timedelta

from django.core.management.base import BaseCommand
from django.utils import timezone
from wagtail.models import UploadedFile

MAX_AGE = timedelta(days=1)


class Command(BaseCommand):
    help = "Deletes uploads that have become neither a picture nor a document after a day."

    def handle(self, **options: object) -> None:
        oldest = timezone.now() - MAX_AGE
        for upload in UploadedFile.objects.all():
            storage, name = upload.file.storage, str(upload.file)
            # Wagtail does not record the upload time, so use the file's modification time.
            if not storage.exists(name) or storage.get_modified_time(name) < oldest:
                storage.delete(name)
                upload.delete()
