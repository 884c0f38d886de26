from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from dpa_site.backups import store


class Command(BaseCommand):
    help = "Restores a backup beside the running site, compares every page, and removes it again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("which", nargs="?", default=store.NEWEST)
        parser.add_argument("--key", required=True, help="the file with the secret key, or “-”")

    def handle(self, which: str, key: str, **options: object) -> None:
        with store.open_backup(which, key) as found:
            count = len(found.manifest["files"]) - 1
            if found.different:
                raise CommandError(
                    f"{len(found.different)} of {found.pages} pages differ from when "
                    "they were saved: " + ", ".join(found.different)
                )
        self.stdout.write(
            f"The backup made {found.manifest['made']} can be restored: all {found.pages} pages "
            f"are as they were saved, and all {count} uploads are complete."
        )
