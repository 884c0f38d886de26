from argparse import ArgumentParser

from django.core.files.storage import storages
from django.core.management.base import BaseCommand
from django.db import transaction
from tqdm import tqdm

from pictures.models import Picture


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
            _make_missing_files()
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


def _make_missing_files() -> None:
    """Make missing public files under their old names, because cached pages contain their URLs.

    Private renditions without a file are deleted: the CMS makes new ones when it needs them.
    """
    storage = storages["renditions"]
    for picture in Picture.objects.order_by("pk"):
        missing = {
            one.filter_spec: str(one.file)
            for one in picture.renditions.order_by("pk")
            if not storage.exists(str(one.file))
        }
        public = [spec for spec in picture.specs if spec in missing]
        picture.renditions.filter(filter_spec__in=missing.keys() - {*public}).delete()
        try:
            files = picture.encode(public)
        except OSError:
            # Without rows, these renditions count as missing, and `handle` reports the error.
            picture.renditions.filter(filter_spec__in=public).delete()
            continue
        with transaction.atomic():
            # A withdrawal that starts later waits for this lock and then deletes the files. If the
            # withdrawal came first, the rows are gone, and the files must not be written again.
            Picture.objects.select_for_update(no_key=True, of=["self"]).filter(
                pk=picture.pk
            ).first()
            rows = picture.renditions.filter(filter_spec__in=files)
            for spec in rows.values_list("filter_spec", flat=True):
                storage.save(missing[spec], files[spec])
