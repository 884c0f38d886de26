from django.core.management.base import BaseCommand

from actions.signatures import purge


class Command(BaseCommand):
    help = (
        "Deletes signatures not confirmed within CONFIRMATION_LINK_HOURS, and those older than "
        "PERSONAL_DATA_RETENTION_DAYS. Counts stay."
    )

    def handle(self, **options: object) -> None:
        self.stdout.write(f"Signatures: {purge()} deleted.")
