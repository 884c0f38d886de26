import os
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from staff.models import User


class Command(BaseCommand):
    help = (
        "Creates the first administrator, with a one-time password. Does nothing if the site "
        "already has an administrator."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", default="admin")
        parser.add_argument(
            "--password-file",
            type=Path,
            help="write the one-time password to this file and do not show it",
        )

    def handle(self, username: str, password_file: Path | None, **options: object) -> None:
        administrators = User.objects.filter(is_superuser=True)
        if not administrators.exists():
            if User.objects.filter(username__iexact=username).exists():
                raise CommandError(
                    f"The username {username} is taken. Choose another one with --username."
                )
            user = User(username=username, is_superuser=True, is_staff=True)
            password = user.set_one_time_password()
            if password_file:
                _write_for_owner(password_file, f"{username}\n{password}\n")
            user.save()
            where = f"is in {password_file}" if password_file else f"is {password}"
            self.stdout.write(f"Administrator: {username}; the one-time password {where}")
        elif password_file and password_file.exists():
            if waiting := administrators.filter(must_change_password=True).first():
                self.stdout.write(
                    f"Administrator: {waiting.username}; the one-time password is in "
                    f"{password_file}"
                )
            else:  # the one-time password was used
                password_file.unlink()


def _write_for_owner(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(text)
