from argparse import ArgumentParser

from django.core.files.storage import storages
from django.core.management.base import BaseCommand
from django.db.models import Count, Q, QuerySet
from tqdm import tqdm

from pictures.models import PHOTOGRAPH_SPECS, Picture, Rendition


class Command(BaseCommand):
    help = "Encodes the sizes that pictures of an earlier version lack, so that no reader waits."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--missing-files",
            action="store_true",
            help="also those whose files are gone, as after a restore",
        )

    def handle(self, missing_files: bool = False, **options: object) -> None:
        pictures = _without_files() if missing_files else _without_sizes()
        progress = tqdm(delay=2, disable=None, unit="picture", total=pictures.count(), leave=False)
        for picture in pictures.iterator(chunk_size=20):
            try:
                picture.make_renditions()
            except OSError as error:
                self.stderr.write(f"Picture {picture.pk} “{picture.title}” was left: {error}")
            progress.update()
        progress.close()


def _without_sizes() -> QuerySet[Picture]:
    ours = Q(renditions__filter_spec__in=PHOTOGRAPH_SPECS)
    made = Count("renditions__filter_spec", filter=ours, distinct=True)
    photographs = Picture.objects.exclude(file__endswith=".svg").annotate(made=made)
    return photographs.filter(made__lt=len(PHOTOGRAPH_SPECS))


def _without_files() -> QuerySet[Picture]:
    """Forgets the sizes whose files are gone; they get the same names again."""
    storage = storages["renditions"]
    gone = [one.pk for one in Rendition.objects.iterator() if not storage.exists(one.file.name)]
    pictures = list(
        Picture.objects.filter(renditions__in=gone).distinct().values_list("pk", flat=True)
    )
    Rendition.objects.filter(pk__in=gone).delete()
    return Picture.objects.filter(pk__in=pictures)
