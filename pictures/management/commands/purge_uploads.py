from datetime import timedelta

from django.core.management.base import BaseCommand
from django.utils import timezone
from wagtail.models import UploadedFile

KEPT = timedelta(days=1)


class Command(BaseCommand):
    help = "Deletes uploaded files older than a day that never became pictures."

    def handle(self, **options: object) -> None:
        oldest = timezone.now() - KEPT
        for upload in UploadedFile.objects.all():
            storage, name = upload.file.storage, str(upload.file)
            # Wagtail does not note when a file came; its storage does.
            if not storage.exists(name) or storage.get_modified_time(name) < oldest:
                storage.delete(name)
                upload.delete()
