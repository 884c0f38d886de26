from django.core.management.base import BaseCommand

from consent.expiry import remind_stewards


class Command(BaseCommand):
    help = "Emails stewards before consent ends. Run it at least daily."

    def handle(self, **options: object) -> None:
        self.stdout.write(f"{remind_stewards()} reminders sent.")
