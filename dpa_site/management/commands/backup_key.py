import os
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from pyrage.x25519 import Identity


class Command(BaseCommand):
    help = (
        "Makes a pair of keys for backups: the public one writes them, the secret one opens them."
    )
    requires_system_checks: list = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="where both go, as age-keygen writes them; “-” shows them")

    def handle(self, file: str, **options: object) -> None:
        key = Identity.generate()
        text = f"# public key: {key.to_public()}\n{key}\n"
        if file == "-":
            self.stdout.write(text, ending="")
            return
        try:
            opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise CommandError(f"{file} is there already; backups may need it.") from error
        with os.fdopen(opened, "w") as target:
            target.write(text)
        Path(f"{file}.pub").write_text(f"{key.to_public()}\n")
        self.stdout.write(f"BACKUP_PUBLIC_KEY={key.to_public()}")
        self.stdout.write(f"The secret key stands in {file}: keep it away from this machine.")
