from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from staff.models import User


class Command(BaseCommand):
    help = (
        "Removes the second step from an account and sets a one-time password. For the last "
        "administrator, whom nobody else can help."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, username: str, **options: object) -> None:
        user = User.objects.filter(username=username).first()
        if not user:
            raise CommandError(f"There is no user {username}.")
        self.stdout.write(f"{username}: the one-time password is {user.reset_log_in()}")
