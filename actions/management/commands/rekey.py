from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from actions.rekeying import WRONG_KEY, EncryptionState, rekey


class Command(BaseCommand):
    help = (
        "Encrypts personal data with the current SIGNATURE_KEY. Afterwards SIGNATURE_KEY_FALLBACKS "
        "is needed only for older backups. Reports how many rows none of the keys can read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--delete-unreadable",
            action="store_true",
            help="delete what none of the keys can read, and accept the current key",
        )

    def handle(self, *, delete_unreadable: bool = False, **options: object) -> None:
        if EncryptionState.is_key_wrong() and not delete_unreadable:
            raise CommandError(WRONG_KEY)
        changed, unreadable = rekey(delete_unreadable=delete_unreadable)
        what = "deleted because they were unreadable" if delete_unreadable else "unreadable"
        self.stdout.write(f"{changed} rows encrypted with the current key; {unreadable} {what}.")
