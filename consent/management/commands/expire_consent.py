from django.core.management.base import BaseCommand

from consent.expiry import take_down


class Command(BaseCommand):
    help = "Unpublishes what consent no longer covers. Run it at least daily."

    def handle(self, **options: object) -> None:
        self.stdout.write(f"Consent has ended for {take_down()}.")
