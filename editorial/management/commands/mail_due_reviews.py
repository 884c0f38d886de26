from django.core.management.base import BaseCommand

from editorial.reviews import mail_owners


class Command(BaseCommand):
    help = "Mails owners the pages that are due for review, each once a date; daily or more often."

    def handle(self, **options: object) -> None:
        self.stdout.write(f"{mail_owners()} mails about reviews sent.")
