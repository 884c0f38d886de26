from django.core.management.base import BaseCommand

from consent.withdrawal import apply_all


class Command(BaseCommand):
    help = "Erases again what people withdrew, after a backup brought it back. restore runs it."

    def handle(self, **options: object) -> None:
        self.stdout.write(f"Withdrawals: {apply_all()} erased again.")
