"""The migrations that a backup records, and the empty tables that they make."""

from collections.abc import Collection

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

Key = tuple[str, str]  # app and name


def applied() -> list[str]:
    """The applied migrations, as "app.name"."""
    return sorted(f"{app}.{name}" for app, name in MigrationLoader(connection).applied_migrations)


def find(names: Collection[str]) -> tuple[set[Key], list[str]]:
    """Split `names` into migrations that this version has, and names that it does not have.

    A squashed migration stands for the migrations that it replaces, if `names` has all of them.
    """
    loader = MigrationLoader(None)
    keys: set[Key] = {(app, name) for app, _dot, name in (n.partition(".") for n in names)}
    found = {key for key in keys if key in loader.graph.nodes}
    replaced: set[Key] = set()
    for key, migration in loader.replacements.items():
        if key in loader.graph.nodes and keys.issuperset(migration.replaces):
            found.add(key)
            replaced.update(migration.replaces)
    return found, sorted(f"{app}.{name}" for app, name in keys - found - replaced)


def migrate_to(keys: Collection[Key]) -> None:
    """Apply these migrations to the empty database."""
    executor = MigrationExecutor(connection)
    leaves = executor.loader.graph.leaf_nodes()
    steps = executor.migration_plan(leaves, clean_start=True)
    plan = [step for step in steps if (step[0].app_label, step[0].name) in keys]
    executor.migrate(None, plan)
