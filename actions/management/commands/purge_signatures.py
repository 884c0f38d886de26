from django.core.management.base import BaseCommand

from actions.signatures import purge


class Command(BaseCommand):
    help = "Deletes signatures that nobody confirmed, and those older than 90 days. Counts stay."

    def handle(self, **options: object) -> None:
        self.stdout.write(f"Signatures: {purge()} deleted.")
