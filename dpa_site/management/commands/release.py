from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

# Any number will do, as long as no other program locks it in this database.
LOCK = 718_281_828


class Command(BaseCommand):
    help = "Makes the database ready for this version of the code. Safe to start several at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--starter", action="store_true", help="load the starter content into an empty site"
        )
        parser.add_argument(
            "--password-file", type=Path, help="where the first administrator's password goes"
        )

    def handle(self, starter: bool, password_file: Path | None, **options: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                self.stdout.write("Preparing the database …")
                call_command("migrate", interactive=False, verbosity=0)
                if starter:
                    call_command("load_content", settings.BASE_DIR / "starter", stdout=self.stdout)
                call_command(
                    "create_administrator", password_file=password_file, stdout=self.stdout
                )
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
