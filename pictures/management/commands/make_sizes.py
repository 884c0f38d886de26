from django.core.management.base import BaseCommand
from django.db.models import Count, Q

from pictures.models import PHOTOGRAPH_SPECS, Picture


class Command(BaseCommand):
    help = "Encodes the sizes that pictures of an earlier version lack, so that no reader waits."

    def handle(self, **options: object) -> None:
        ours = Q(renditions__filter_spec__in=PHOTOGRAPH_SPECS)
        made = Count("renditions__filter_spec", filter=ours, distinct=True)
        photographs = Picture.objects.exclude(file__endswith=".svg").annotate(made=made)
        for picture in photographs.filter(made__lt=len(PHOTOGRAPH_SPECS)).iterator(chunk_size=20):
            try:
                picture.make_renditions()
            except OSError as error:
                self.stderr.write(f"Picture {picture.pk} “{picture.title}” was left: {error}")
