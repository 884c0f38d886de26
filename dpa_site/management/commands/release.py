from argparse import ArgumentParser
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from wagtail.models import Locale, Site

from actions.advisory_lock import LockTimeout, advisory_lock
from actions.rekeying import LINKS_BROKEN, WRONG_KEY, EncryptionState, rekey
from dpa_site import error_pages
from dpa_site.observability import database_log, database_state
from mission.models import HomePage

LOCK_TIMEOUT = 15 * 60  # seconds
NO_CREATEDB = (
    "The role in DATABASE_URL may not create databases, so backups can be made but not verified or "
    "restored. See “The database role” in docs/operations.md."
)
SUPERUSER = (
    "The role in DATABASE_URL is a superuser: whoever takes over the site could run programs on "
    "the database server. See “The database role” in docs/operations.md."
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
            help="write the first administrator's one-time password to this file, do not print it",
        )

    def handle(self, starter: bool, password_file: Path | None, **options: object) -> None:
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
        if settings.ERROR_PAGES_ROOT:
            error_pages.write(Path(settings.ERROR_PAGES_ROOT))
        if starter and not HomePage.objects.exists():
            self.stdout.write("Loading the starter content …")
            call_command("load_content", settings.BASE_DIR / "starter", stdout=self.stdout)
        _update_default_site()
        self.stdout.write(f"\nSite:          {settings.SITE_URL}/")
        self.stdout.write(f"Editors:       {settings.SITE_URL}/admin/")
        for name, value in database_log.unsafe_settings():
            self.stderr.write(f"{name} is “{value}”. {database_log.UNSAFE_SETTING}")
        is_superuser, may_create_databases = database_state.role_rights()
        if is_superuser and not settings.DEBUG:
            self.stderr.write(SUPERUSER)
        if not (is_superuser or may_create_databases):
            self.stderr.write(NO_CREATEDB)
        if not (settings.BACKUP_PUBLIC_KEY or settings.DEBUG):
            self.stdout.write("Backups:       none, until BACKUP_PUBLIC_KEY is set")
        call_command("create_administrator", password_file=password_file, stdout=self.stdout)


def _update_default_site() -> None:
    """Copy host and port of SITE_URL to the default Site, from which Wagtail builds full URLs."""
    url = urlsplit(settings.SITE_URL)
    port = url.port or (443 if url.scheme == "https" else 80)
    for site in Site.objects.filter(is_default_site=True).exclude(hostname=url.hostname, port=port):
        site.hostname, site.port = str(url.hostname), port
        site.save()
