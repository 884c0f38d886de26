from django.core.management.base import BaseCommand

from stories.submissions import purge


class Command(BaseCommand):
    help = "Deletes contact details of stories sent 90 days ago, and stories that nobody answered."

    def handle(self, **options: object) -> None:
        self.stdout.write(f"Contacts: {purge()} deleted.")
