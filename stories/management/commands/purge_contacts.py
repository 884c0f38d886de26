from django.core.management.base import BaseCommand

from stories.submissions import purge


class Command(BaseCommand):
    help = (
        "Deletes contact details older than PERSONAL_DATA_RETENTION_DAYS, and stories of people "
        "whom nobody answered."
    )

    def handle(self, **options: object) -> None:
        self.stdout.write(f"Contacts: {purge()} deleted.")
