"""The former version runs on the new schema: a deploy has both for a while, and may go back.

A migration therefore only adds: columns may be empty or have a default in the database. What is
not used any more is taken away in the version after the one that stopped using it; such a migration
goes into TAKEN_AWAY_LATER.
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

TAKEN_AWAY_LATER: set[str] = set()
# By app, the last migration of the first release. Until there is one, columns need no default in
# the database: no former version inserts rows beside a new one.
FIRST_RELEASE: dict[str, str] = {}
OURS = {
    config.label
    for config in apps.get_app_configs()
    if Path(config.path).parent == settings.BASE_DIR
}
LEFT_OUT = (
    "the former version leaves it out of what it inserts: let it be empty, or give it a db_default"
)
TAKES_AWAY = (
    migrations.RemoveField,
    migrations.DeleteModel,
    migrations.RenameField,
    migrations.RenameModel,
    migrations.AlterModelTable,
)


def refusals(operation: Operation, app: str, before: ProjectState) -> Iterator[str]:
    """Why the former code would not get on with what this operation leaves behind."""
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        for inner in operation.database_operations:
            yield from refusals(inner, app, before)
    elif isinstance(operation, TAKES_AWAY):
        yield f"{operation.describe()}: the former version still asks for it"
    elif isinstance(operation, migrations.AddField):
        field = operation.field
        if not (field.null or field.many_to_many or field.has_db_default()):
            yield f"{operation.describe()}: {LEFT_OUT}"
    elif isinstance(operation, migrations.AlterField):
        former = before.models[app, operation.model_name_lower].fields[operation.name]
        if former.null and not operation.field.null:
            yield f"{operation.describe()}: the former version writes NULL"
        if former.db_type(connection) != operation.field.db_type(connection):
            yield f"{operation.describe()}: its type changes"


def refused(
    plan: Iterable[Migration], first_release: Mapping[str, str], ours: set[str]
) -> dict[str, list[str]]:
    """By migration of `ours`, what the former version would not survive.

    `plan` is the whole history in the order in which it is applied.
    """
    state, wrong = ProjectState(), {}
    for migration in plan:
        app, created, reasons = migration.app_label, set(), []
        for operation in migration.operations:
            if isinstance(operation, migrations.CreateModel):
                created.add(operation.name_lower)
            elif app in ours and getattr(operation, "model_name_lower", None) not in created:
                reasons.extend(refusals(operation, app, state))
            operation.state_forwards(app, state)
        if not first_release or migration.name <= first_release.get(app, ""):
            reasons = [reason for reason in reasons if not reason.endswith(LEFT_OUT)]
        if reasons:
            wrong[f"{app}.{migration.name}"] = reasons
    return wrong


@pytest.mark.django_db
def test_the_former_version_runs_on_the_new_schema() -> None:
    released = bool(re.search(r"^## \d", (settings.BASE_DIR / "CHANGELOG.md").read_text(), re.M))
    assert bool(FIRST_RELEASE) == released, "Write into FIRST_RELEASE what was released."
    executor = MigrationExecutor(connection)
    last = executor.loader.graph.leaf_nodes()
    plan = [migration for migration, _back in executor.migration_plan(last, clean_start=True)]
    names = {(migration.app_label, migration.name) for migration in plan}
    assert {app for app, _name in names} > {"mission", "stories", "pictures"}
    unknown = set(FIRST_RELEASE.items()) - names
    assert not unknown, f"FIRST_RELEASE names {unknown}, which do not exist."
    wrong = refused(plan, FIRST_RELEASE, OURS)
    stale = TAKEN_AWAY_LATER - wrong.keys()
    assert not stale, f"TAKEN_AWAY_LATER names {stale}, which take nothing away: leave them out."
    told = [f"{name}: {why}" for name in wrong.keys() - TAKEN_AWAY_LATER for why in wrong[name]]
    assert not told, "\n".join(sorted(told))


def made_up_history() -> list[Migration]:
    """Two apps; of `shop`, 0002_early is the last migration of the first release."""

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


def test_migrations_after_the_first_release_are_refused_what_breaks_the_former_version() -> None:
    plan, release = made_up_history(), {"shop": "0002_early"}
    late = f"Add field late to thing: {LEFT_OUT}"
    gone = "Remove field old from thing: the former version still asks for it"
    assert refused(plan, release, {"shop"}) == {
        "shop.0003_late": [late],
        "shop.0006_gone": [gone],
    }
    # An app that came after the release has no former version before its own first migration.
    early = f"Add field early to thing: {LEFT_OUT}"
    assert refused(plan, {"elsewhere": "0002_gone"}, {"shop"}) == {
        "shop.0002_early": [early],
        "shop.0003_late": [late],
        "shop.0006_gone": [gone],
    }


def test_migrations_before_the_first_release_may_add_columns_without_default() -> None:
    assert refused(made_up_history(), {}, {"shop"}).keys() == {"shop.0006_gone"}


def test_what_the_former_version_would_not_survive_is_seen() -> None:
    before = ProjectState()
    fields = [("id", models.AutoField(primary_key=True)), ("old", models.TextField(null=True))]
    migrations.CreateModel("Thing", fields).state_forwards("mission", before)

    def why(operation: Operation) -> list[str]:
        return list(refusals(operation, "mission", before))

    assert why(migrations.RemoveField("thing", "old"))
    assert why(migrations.AddField("thing", "new", models.TextField(default="")))
    assert why(migrations.AlterField("thing", "old", models.TextField()))
    assert why(migrations.AlterField("thing", "old", models.IntegerField(null=True)))
    assert why(migrations.SeparateDatabaseAndState([migrations.DeleteModel("Thing")]))
    assert not why(migrations.AddField("thing", "new", models.TextField(db_default="")))
    assert not why(migrations.AlterField("thing", "old", models.TextField(null=True, help_text="")))
