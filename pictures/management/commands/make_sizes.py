from argparse import ArgumentParser

from django.core.files.storage import storages
from django.core.management.base import BaseCommand
from tqdm import tqdm

from pictures.models import Picture, Rendition


class Command(BaseCommand):
    help = "Makes missing renditions of pictures, so that readers do not wait for them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--missing-files",
            action="store_true",
            help="also make renditions whose files are missing, for example after a restore",
        )
        parser.add_argument("--report", action="store_true", help="only list what is missing")

    def handle(self, missing_files: bool = False, report: bool = False, **options: object) -> None:
        if missing_files:
            _delete_renditions_without_file()
        pictures = [one for one in Picture.objects.order_by("pk").iterator() if one.missing]
        if report:
            for picture in pictures:
                self.stdout.write(f"{_name(picture)} lacks {', '.join(picture.missing)}")
            return
        for picture in tqdm(pictures, delay=2, disable=None, unit="picture", leave=False):
            try:
                picture.make_sizes()
            except OSError as error:
                self.stderr.write(f"{_name(picture)} was skipped: {error}")


def _name(picture: Picture) -> str:
    return f"Picture {picture.pk} “{picture.title}”"


def _delete_renditions_without_file() -> None:
    """Delete renditions whose files are missing; new ones get the same file names."""
    storage = storages["renditions"]
    gone = [one.pk for one in Rendition.objects.iterator() if not storage.exists(str(one.file))]
    Rendition.objects.filter(pk__in=gone).delete()
