"""Whether the database is as new as the code."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEHIND = "The database is older than this code. Run “manage.py release” first."


def is_behind() -> bool:
    """Whether a migration of this code was not run; a database that is ahead is fine."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
