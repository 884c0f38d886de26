import psycopg
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from dpa_site.caching import version
from dpa_site.observability import database_state


class Command(BaseCommand):
    help = "Checks the database: its version, role and settings, and whether notifications arrive."
    requires_system_checks: list = []

    def handle(self, **options: object) -> None:
        try:
            # First, because its errors say why there is no connection, unlike those of the pool.
            is_heard = version.is_heard()
            problems = list(database_state.problems())
            found = database_state.describe()
        except (DatabaseError, psycopg.Error) as error:
            raise CommandError(database_state.describe_error(error)) from error
        if not is_heard:
            problems.append(version.NOT_HEARD)
        if problems:
            raise CommandError("\n".join([found, *problems]))
        self.stdout.write(f"{found}: the database has what the site needs.")
