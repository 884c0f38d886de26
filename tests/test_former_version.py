"""The previous version works with the new schema, so deployments and rollbacks need no downtime.

Migrations therefore only add columns and tables, and new columns are nullable or have a database
default. A column or table may be removed one version after the last version that uses it. Add the
name of the migration that removes it to LATE_REMOVALS.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, migrations, models
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

LATE_REMOVALS: set[str] = set()
# The last migration of the first release, by app. Empty before that release: new columns then need
# no database default, because no previous version can insert rows.
FIRST_RELEASE: dict[str, str] = {}
OURS = {
    config.label
    for config in apps.get_app_configs()
    if Path(config.path).parent == settings.BASE_DIR
}
NO_DEFAULT = (
    "the previous version inserts rows without it: make it nullable, or give it a db_default"
)
REMOVALS = (
    migrations.RemoveField,
    migrations.DeleteModel,
    migrations.RenameField,
    migrations.RenameModel,
    migrations.AlterModelTable,
)


def incompatibilities(operation: Operation, app: str, before: ProjectState) -> Iterator[str]:
    """Yield the reasons why the previous version fails after this operation."""
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        for inner in operation.database_operations:
            yield from incompatibilities(inner, app, before)
    elif isinstance(operation, REMOVALS):
        yield f"{operation.describe()}: the previous version still queries it"
    elif isinstance(operation, migrations.AddField):
        field = operation.field
        if not (field.null or field.many_to_many or field.has_db_default()):
            yield f"{operation.describe()}: {NO_DEFAULT}"
    elif isinstance(operation, migrations.AlterField):
        former = before.models[app, operation.model_name_lower].fields[operation.name]
        if former.null and not operation.field.null:
            yield f"{operation.describe()}: the previous version writes NULL"
        if former.db_type(connection) != operation.field.db_type(connection):
            yield f"{operation.describe()}: its type changes"


def incompatible_migrations(
    plan: Iterable[Migration], first_release: Mapping[str, str], ours: set[str]
) -> dict[str, list[str]]:
    """The reasons why the previous version fails, grouped by migration. `ours` are our apps.

    `plan` has all migrations in the order in which they are applied.
    """
    state, wrong = ProjectState(), {}
    for migration in plan:
        app, created, reasons = migration.app_label, set(), []
        for operation in migration.operations:
            if isinstance(operation, migrations.CreateModel):
                created.add(operation.name_lower)
            elif app in ours and getattr(operation, "model_name_lower", None) not in created:
                reasons.extend(incompatibilities(operation, app, state))
            operation.state_forwards(app, state)
        if not first_release or migration.name <= first_release.get(app, ""):
            reasons = [reason for reason in reasons if not reason.endswith(NO_DEFAULT)]
        if reasons:
            wrong[f"{app}.{migration.name}"] = reasons
    return wrong


@pytest.mark.django_db
def test_migrations_keep_previous_version_working() -> None:
    changelog = (settings.BASE_DIR / "CHANGELOG.md").read_text("utf-8")
    # The pattern does not match release candidates.
    released = bool(re.search(r"^## [\d.]+ ", changelog, re.MULTILINE))
    assert bool(FIRST_RELEASE) == released, (
        "Add the last migration of each app to FIRST_RELEASE when 1.0.0 is released, not before."
    )
    executor = MigrationExecutor(connection)
    last = executor.loader.graph.leaf_nodes()
    plan = [migration for migration, _back in executor.migration_plan(last, clean_start=True)]
    names = {(migration.app_label, migration.name) for migration in plan}
    assert {app for app, _name in names} > {"mission", "stories", "pictures"}
    unknown = set(FIRST_RELEASE.items()) - names
    assert not unknown, f"FIRST_RELEASE names {unknown}, which do not exist. Remove them."
    wrong = incompatible_migrations(plan, FIRST_RELEASE, OURS)
    stale = LATE_REMOVALS - wrong.keys()
    assert not stale, f"LATE_REMOVALS names {stale}, which remove nothing. Delete these entries."
    reasons = [f"{name}: {why}" for name in wrong.keys() - LATE_REMOVALS for why in wrong[name]]
    assert not reasons, "\n".join(sorted(reasons))


def sample_migrations() -> list[Migration]:
    """Migrations of two apps. The first release of `shop` ends with 0002_early."""

    def migration(app: str, name: str, *operations: Operation) -> Migration:
        made = Migration(name, app)
        made.operations = list(operations)
        return made

    def new(name: str, **options: object) -> migrations.AddField:
        return migrations.AddField("thing", name, models.TextField(**options))

    key = ("id", models.AutoField(primary_key=True))
    thing = migrations.CreateModel("Thing", [key, ("old", models.TextField(null=True))])
    return [
        migration("shop", "0001_initial", thing, new("at_once")),
        migration("shop", "0002_early", new("early", default="")),
        migration("elsewhere", "0001_initial", migrations.CreateModel("Other", [key])),
        migration("elsewhere", "0002_gone", migrations.DeleteModel("Other")),
        migration("shop", "0003_late", new("late", default="")),
        migration("shop", "0004_empty", new("empty", null=True)),
        migration("shop", "0005_default", new("given", db_default="")),
        migration("shop", "0006_gone", migrations.RemoveField("thing", "old")),
    ]


def test_migrations_after_first_release_are_checked() -> None:
    plan, release = sample_migrations(), {"shop": "0002_early"}
    late = f"Add field late to thing: {NO_DEFAULT}"
    gone = "Remove field old from thing: the previous version still queries it"
    assert incompatible_migrations(plan, release, {"shop"}) == {
        "shop.0003_late": [late],
        "shop.0006_gone": [gone],
    }
    # The release has no app “shop”, so all migrations of that app are checked.
    early = f"Add field early to thing: {NO_DEFAULT}"
    assert incompatible_migrations(plan, {"elsewhere": "0002_gone"}, {"shop"}) == {
        "shop.0002_early": [early],
        "shop.0003_late": [late],
        "shop.0006_gone": [gone],
    }


def test_migrations_before_first_release_need_no_default() -> None:
    assert incompatible_migrations(sample_migrations(), {}, {"shop"}).keys() == {"shop.0006_gone"}


def test_incompatible_operations_are_detected() -> None:
    before = ProjectState()
    fields = [("id", models.AutoField(primary_key=True)), ("old", models.TextField(null=True))]
    migrations.CreateModel("Thing", fields).state_forwards("mission", before)

    def why(operation: Operation) -> list[str]:
        return list(incompatibilities(operation, "mission", before))

    assert why(migrations.RemoveField("thing", "old"))
    assert why(migrations.AddField("thing", "new", models.TextField(default="")))
    assert why(migrations.AlterField("thing", "old", models.TextField()))
    assert why(migrations.AlterField("thing", "old", models.IntegerField(null=True)))
    assert why(migrations.SeparateDatabaseAndState([migrations.DeleteModel("Thing")]))
    assert not why(migrations.AddField("thing", "new", models.TextField(db_default="")))
    assert not why(migrations.AlterField("thing", "old", models.TextField(null=True, help_text="")))
