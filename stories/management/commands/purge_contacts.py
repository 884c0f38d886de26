from django.core.management.base import BaseCommand

from stories.submissions import purge


class Command(BaseCommand):
    help = (
        "Deletes contact details older than PERSONAL_DATA_RETENTION_DAYS. Also erases stories that "
        "readers sent longer ago, unless they have a signed form or another basis, or are public."
    )

    def handle(self, **options: object) -> None:
        self.stdout.write(f"Contacts: {purge()} deleted.")
