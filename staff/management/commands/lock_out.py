from argparse import ArgumentParser

from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from staff.models import User


class Command(BaseCommand):
    help = "Logs out every user and disables every account at once. Readers are not affected."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--let-in",
            nargs="+",
            metavar="NAME",
            help="enable these accounts again, each with a one-time password and no second step",
        )

    def handle(self, let_in: list[str] | None, **options: object) -> None:
        with transaction.atomic():
            if let_in:
                self._let_in(let_in)
                return
            users = list(User.objects.filter(is_active=True))
            User.end_sessions(User.objects.values_list("pk", flat=True))
            User.objects.update(is_active=False)
            for user in users:
                user.mail_change("disabled")
            Session.objects.all().delete()
        self.stdout.write(f"Disabled {len(users)} accounts. Nobody is logged in.")

    def _let_in(self, names: list[str]) -> None:
        users = {user.username: user for user in User.objects.filter(username__in=names)}
        for name in names:
            if name not in users:
                raise CommandError(f"There is no user {name}. No account was enabled.")
            password = users[name].reset_log_in()
            users[name].is_active = True
            users[name].save(update_fields=["is_active"])
            self.stdout.write(f"{name}: the one-time password is {password}")
