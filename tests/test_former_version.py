"""The former version runs on the new schema: a deploy has both for a while, and may go back.

A migration therefore only adds: columns may be empty or have a default in the database. What is
not used any more is taken away in the version after the one that stopped using it; such a migration
goes into TAKEN_AWAY_LATER.
"""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from tests.test_migrations import ROOMS

TAKEN_AWAY_LATER: set[str] = set()
# By app, the last migration of the first release. Until there is one, columns need no default in
# the database: no former version inserts rows beside a new one.
FIRST_RELEASE: dict[str, str] = {}
LEFT_OUT = "the former version leaves it out of what it inserts"
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


def found(app: str, name: str, loader: MigrationLoader) -> list[str]:
    migration = loader.disk_migrations[app, name]
    state = loader.project_state((app, name), at_end=False)
    reasons: list[str] = []
    created = {op.name_lower for op in migration.operations if hasattr(op, "fields")}
    for operation in migration.operations:
        if getattr(operation, "model_name_lower", None) not in created:  # nobody knows it yet
            reasons.extend(refusals(operation, app, state))
        operation.state_forwards(app, state)
    return reasons


@pytest.mark.django_db
def test_the_former_version_runs_on_the_new_schema() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    released = bool(re.search(r"^## \d", (settings.BASE_DIR / "CHANGELOG.md").read_text(), re.M))
    assert bool(FIRST_RELEASE) == released, "Write into FIRST_RELEASE what was released."
    wrong = {}
    for app, name in sorted(key for key in loader.disk_migrations if key[0] in ROOMS):
        reasons = found(app, name, loader)
        if not released or name <= FIRST_RELEASE.get(app, ""):
            reasons = [reason for reason in reasons if not reason.endswith(LEFT_OUT)]
        if reasons and f"{app}.{name}" not in TAKEN_AWAY_LATER:
            wrong[f"{app}.{name}"] = reasons
    assert wrong == {}


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
