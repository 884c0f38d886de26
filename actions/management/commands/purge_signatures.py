from django.core.management.base import BaseCommand

from actions.signatures import purge


class Command(BaseCommand):
    help = (
        "Deletes signatures that were not confirmed within CONFIRMATION_LINK_HOURS, that are older "
        "than PERSONAL_DATA_RETENTION_DAYS, or whose page was deleted. Also deletes rate limit "
        "exemptions that have ended and webhook deliveries older than "
        "PERSONAL_DATA_RETENTION_DAYS. The number of participants per day is kept."
    )

    def handle(self, **options: object) -> None:
        self.stdout.write(f"Signatures: {purge()} deleted.")
