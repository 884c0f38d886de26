from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from dpa_site.backups import store


class Command(BaseCommand):
    help = (
        "Restores a backup beside the running site, compares every page, and removes the restored "
        "data."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("which", nargs="?", default=store.NEWEST)
        parser.add_argument("--key", required=True, help="the file with the secret key, or “-”")
        parser.add_argument("--sha256", default="", help=store.SHA256_HELP)

    def handle(self, which: str, key: str, sha256: str, **options: object) -> None:
        with store.open_backup(which, key, sha256) as found:
            pages, made = len(found.manifest.pages), found.manifest.made
            for table in found.unknown:
                self.stderr.write(store.UNKNOWN_TABLE.format(table))
            if found.different:
                raise CommandError(
                    f"{len(found.different)} of {pages} pages differ from when "
                    "they were saved: " + ", ".join(found.different)
                )
        count = len(found.manifest.names(store.UPLOADS))
        self.stdout.write(
            f"The backup made {made} can be restored: all {pages} pages "
            f"are as they were saved, and all {count} uploads are complete."
        )
        self.stdout.write(f"SHA-256: {found.sha256}")
