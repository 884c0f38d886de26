import os
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand

from staff.models import User


class Command(BaseCommand):
    help = (
        "Makes the first administrator with a one-time password that is shown once. "
        "Does nothing when somebody can already administer the site."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", default="admin")
        parser.add_argument(
            "--password-file",
            type=Path,
            help="write the one-time password to this file, for its owner only, and do not show it",
        )

    def handle(self, username: str, password_file: Path | None, **options: object) -> None:
        if User.objects.filter(is_superuser=True, is_active=True).exists():
            return
        user, _created = User.objects.get_or_create(username=username)
        user.is_superuser = user.is_staff = user.is_active = True
        password = user.set_one_time_password()
        if password_file:
            password_file.unlink(missing_ok=True)
            descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(f"user name: {username}\none-time password: {password}\n")
        user.save()
        where = f"in {password_file}" if password_file else password
        self.stdout.write(f"Administrator: {username}, one-time password: {where}")
