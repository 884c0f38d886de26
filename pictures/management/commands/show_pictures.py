import logging

from django.core.management.base import BaseCommand

from pictures.models import Picture

logger = logging.getLogger("django.schedule")


class Command(BaseCommand):
    help = "Makes the public files of pictures that may be shown by now. The worker runs it."

    def handle(self, **options: object) -> None:
        count = 0
        for picture in Picture.to_show().order_by("pk"):
            try:
                picture.make_sizes()
            except OSError:  # continue with the others; the next run tries this one again
                logger.exception("The public files of a picture were not made")
            else:
                count += 1
        self.stdout.write(f"{count} pictures can be shown now.")
