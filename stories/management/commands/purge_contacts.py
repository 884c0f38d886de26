from django.core.management.base import BaseCommand

from stories.submissions import purge


class Command(BaseCommand):
    help = (
        "Deletes contact details older than PERSONAL_DATA_RETENTION_DAYS. Also erases stories of "
        "that age that readers sent, if they have no basis for consent and are not public."
    )

    def handle(self, **options: object) -> None:
        self.stdout.write(f"Contacts: {purge()} deleted.")
