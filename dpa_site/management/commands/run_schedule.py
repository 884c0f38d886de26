import logging

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

logger = logging.getLogger("django.schedule")
WORK = (
    "publish_scheduled",
    "expire_consent",
    "mail_due_reviews",
    "purge_uploads",
    "check_links",
)


class Command(BaseCommand):
    help = "Does what the clock asks for; run it each minute. One failure does not stop the rest."

    def handle(self, **options: object) -> None:
        failed = []
        for name in WORK:
            try:
                call_command(name, stdout=self.stdout)
            except Exception:
                logger.exception("%s failed", name)
                failed.append(name)
        if failed:
            raise CommandError(f"Failed: {', '.join(failed)}")
