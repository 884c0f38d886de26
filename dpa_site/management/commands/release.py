import os
from argparse import ArgumentParser
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from wagtail.models import Locale, Site

from actions.advisory_lock import LockTimeout, advisory_lock
from actions.rekeying import LINKS_BROKEN, WRONG_KEY, EncryptionState, rekey
from dpa_site.observability import database_state
from dpa_site.settings.server import PORT
from mission.models import HomePage
from staff.models import User

LOCK_TIMEOUT = 15 * 60  # seconds
OTHER_PORT = (
    "SITE_URL is {url}, but PORT is {port}. Links in emails lead to SITE_URL. Change one of them."
)


class Command(BaseCommand):
    help = "Prepares the database for this version of the code. Safe to run several at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--starter", action="store_true", help="load the starter content into an empty site"
        )
        parser.add_argument(
            "--password-file",
            type=Path,
            help="create the first administrator, and write the one-time password to this file",
        )

    def handle(self, starter: bool, password_file: Path | None, **options: object) -> None:
        database_state.require()
        try:
            with advisory_lock("dpa_site.release", timeout=LOCK_TIMEOUT):
                self._release(starter, password_file)
        except LockTimeout:
            raise SystemExit("Another release has been running for fifteen minutes.") from None

    def _release(self, starter: bool, password_file: Path | None) -> None:
        self.stdout.write("Preparing the database …")
        call_command("migrate", interactive=False, verbosity=0)
        if EncryptionState.is_key_wrong():
            raise SystemExit(WRONG_KEY)
        if EncryptionState.are_links_broken():
            self.stderr.write(LINKS_BROKEN)
        if not EncryptionState.objects.exists():
            rekey()  # stores the probe that reveals a wrong key later
        call_command("createcachetable", verbosity=0)
        for code, _language in settings.LANGUAGES:
            Locale.objects.get_or_create(language_code=code)
        call_command("make_sizes", stderr=self.stderr)
        if starter and not HomePage.objects.exists():
            self.stdout.write("Loading the starter content …")
            call_command("load_content", settings.BASE_DIR / "starter", stdout=self.stdout)
        _update_default_site()
        self._warn_of_other_port()
        self.stdout.write(f"\nSite:          {settings.SITE_URL}/")
        self.stdout.write(f"Editors:       {settings.SITE_URL}/admin/")
        for problem in database_state.problems():
            self.stderr.write(f"{problem} See docs/operations.md.")
        if not (settings.BACKUP_PUBLIC_KEY or settings.DEBUG):
            self.stdout.write("Backups:       none, until BACKUP_PUBLIC_KEY is set")
        if password_file:
            call_command("create_administrator", password_file=password_file, stdout=self.stdout)
        elif not User.objects.filter(is_superuser=True).exists():
            # Not here, because the output of this command is kept in a log.
            self.stdout.write("Administrator: none, until “manage.py create_administrator” is run")

    def _warn_of_other_port(self) -> None:
        """Compare SITE_URL with PORT if only this machine uses the site, without a proxy."""
        url = urlsplit(settings.SITE_URL)
        if url.scheme == "http" and "PORT" in os.environ and (url.port or 80) != PORT:
            self.stderr.write(OTHER_PORT.format(url=settings.SITE_URL, port=PORT))


def _update_default_site() -> None:
    """Copy host and port of SITE_URL to the default Site, from which Wagtail builds full URLs."""
    url = urlsplit(settings.SITE_URL)
    port = url.port or (443 if url.scheme == "https" else 80)
    for site in Site.objects.filter(is_default_site=True).exclude(hostname=url.hostname, port=port):
        site.hostname, site.port = str(url.hostname), port
        site.save()
