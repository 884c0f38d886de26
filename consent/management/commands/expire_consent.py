from django.core.management.base import BaseCommand

from consent.expiry import remind_stewards, take_down


class Command(BaseCommand):
    help = "Unpublishes what consent no longer covers and reminds stewards. Run it at least daily."

    def handle(self, **options: object) -> None:
        ended, mails = take_down(), remind_stewards()
        self.stdout.write(f"Consent has ended for {ended}. {mails} reminders sent.")
