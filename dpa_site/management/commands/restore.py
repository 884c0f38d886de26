from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from wagtail.models import Page

from dpa_site.backups import databases, store, uploads
from dpa_site.backups.archive import InvalidArchive
from staff.models import User


class Command(BaseCommand):
    help = (
        "Restores a backup into an empty site, completely or not at all. Content that people "
        "withdrew after the backup was made stays withdrawn."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("which", help="a file, the name of a backup, or “latest”")
        parser.add_argument("--key", required=True, help="the file with the secret key, or “-”")
        parser.add_argument("--sha256", default="", help=store.SHA256_HELP)
        parser.add_argument(
            "--replace-everything",
            action="store_true",
            help="replace a site that is not empty; its content is lost",
        )

    def handle(
        self, which: str, key: str, sha256: str, replace_everything: bool, **options: object
    ) -> None:
        if not replace_everything and (existing := _existing_data()):
            raise CommandError(
                f"This site is not empty: it has {existing}. Nothing was changed. "
                "Use --replace-everything to replace them with the backup."
            )
        self.stdout.write(f"Opening {which} …")
        with store.open_backup(which, key, sha256) as found:
            manifest = found.manifest
            self.stdout.write(f"Made {manifest.made}, with {len(manifest.pages)} pages.")
            self.stdout.write(f"SHA-256: {found.sha256}")
            for table in found.unknown:
                self.stderr.write(store.UNKNOWN_TABLE.format(table))
            for page in found.different:
                self.stderr.write(f"The text of {page} differs from when the backup was made.")
            with _unchanged_after_error(which):
                with databases.in_use(found.database), uploads.stored_in(found.folder):
                    self.stdout.write("Erasing withdrawn content again …")
                    call_command("apply_withdrawals", stdout=self.stdout)
                self.stdout.write("Restoring uploads …")
                with uploads.copied_from(found.folder) as saved:
                    databases.swap(found.database)
        try:
            databases.drop_former()
            uploads.delete_others(saved)
            self.stdout.write("Making renditions …")
            call_command("make_sizes", missing_files=True, stderr=self.stderr)
        except Exception as error:
            raise CommandError(
                f"All rows and uploads of {which} are restored, but then an error occurred: "
                f"{error}. Restore it again with --replace-everything, so that former files are "
                "deleted and renditions made."
            ) from error
        self.stdout.write(f"Restored {which}. Restart web and worker.")


@contextmanager
def _unchanged_after_error(which: str) -> Iterator[None]:
    try:
        yield
    except CommandError:
        raise
    except InvalidArchive as error:
        raise CommandError(f"{which} cannot be used: {error} Nothing was changed.") from error
    except Exception as error:
        raise CommandError(
            f"{which} could not be restored: {error}. Nothing was changed."
        ) from error


def _existing_data() -> str:
    """Describes the data that a restore would overwrite.

    Empty if there are no accounts and no uploads. Pages alone do not count, because migrations make
    some.
    """
    tables = connection.introspection.table_names()
    users = User.objects.count() if User._meta.db_table in tables else 0
    pages = Page.objects.count() if Page._meta.db_table in tables else 0
    files = sum(1 for _name in uploads.names())
    if users or files:
        return f"{users} accounts, {pages} pages and {files} uploads"
    return ""
