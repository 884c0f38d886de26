from django.core.management.base import BaseCommand

from editorial.sharing.links import DraftLink


class Command(BaseCommand):
    help = "Deletes links to drafts that are older than DRAFT_LINK_DAYS."

    def handle(self, **options: object) -> None:
        count, _by_model = DraftLink.objects.expired().delete()
        self.stdout.write(f"Links to drafts: {count} deleted.")
