from django.core.management.base import BaseCommand

from consent.withdrawal import apply_all


class Command(BaseCommand):
    help = "Erases withdrawn content again after a backup restored it. “restore” runs this command."

    def handle(self, **options: object) -> None:
        self.stdout.write(f"Withdrawals: {apply_all()} erased again.")
