from django.core.management.base import BaseCommand

from stories.offers import purge


class Command(BaseCommand):
    help = "Deletes how to reach those who sent a story 90 days ago, and what nobody answered."

    def handle(self, **options: object) -> None:
        self.stdout.write(f"Contacts: {purge()} deleted.")
