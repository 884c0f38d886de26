from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from dpa_site import edge, schema


class Command(BaseCommand):
    help = "Runs background jobs and scheduled tasks until it is stopped."

    def handle(self, **options: object) -> None:
        if schema.is_behind():
            raise SystemExit(schema.BEHIND)
        if settings.EDGE_PURGE_URL:
            edge.follow()
        call_command("procrastinate", "worker", "--concurrency=4")
