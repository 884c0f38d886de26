import os
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from pyrage.x25519 import Identity


class Command(BaseCommand):
    help = (
        "Makes a key pair for backups: the public key encrypts them, the secret key decrypts them."
    )
    requires_system_checks: list = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", help="file for both keys, in the format of age-keygen; “-” prints them"
        )

    def handle(self, file: str, **options: object) -> None:
        key = Identity.generate()
        text = f"# public key: {key.to_public()}\n{key}\n"
        if file == "-":
            self.stdout.write(text, ending="")
            return
        path = Path(file).resolve()
        if path.is_relative_to(settings.BASE_DIR) and path.parent != settings.BASE_DIR / "var":
            raise CommandError(f"{file} is in the checkout. Choose a directory outside it.")
        try:
            opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise CommandError(
                f"{file} already exists. Backups may need it, so it was not overwritten."
            ) from error
        with os.fdopen(opened, "w") as target:
            target.write(text)
        Path(f"{file}.pub").write_text(f"{key.to_public()}\n")
        self.stdout.write(f"BACKUP_PUBLIC_KEY={key.to_public()}")
        self.stdout.write(f"The secret key is in {file}. Keep it away from this machine.")
