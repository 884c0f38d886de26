from django.core.management.base import BaseCommand

from editorial.reviews.mails import mail_owners


class Command(BaseCommand):
    help = "Emails owners about pages due for review, once per due date. Run it at least daily."

    def handle(self, **options: object) -> None:
        self.stdout.write(f"{mail_owners()} review emails sent.")
