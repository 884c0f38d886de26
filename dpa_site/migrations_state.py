"""Checks for unapplied migrations."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEHIND = "The database is older than this code. Run “manage.py release” first."


def is_behind() -> bool:
    """Whether migrations of this code are unapplied. False if the database is newer."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
