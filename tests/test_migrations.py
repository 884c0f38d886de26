from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

OURS = {
    config.label
    for config in apps.get_app_configs()
    if Path(config.path).parent == settings.BASE_DIR
}


# A migration of wagtail_localize asks the database while it is imported.
pytestmark = pytest.mark.django_db


def test_the_migrations_describe_the_models() -> None:
    told = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=told)
    except SystemExit:
        pytest.fail(f"Models have changed: run manage.py makemigrations.\n{told.getvalue()}")


def test_each_room_with_models_has_one_line_of_migrations() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    with_models = {config.label for config in apps.get_app_configs() if list(config.get_models())}
    assert {"mission", "stories", "staff", "cms"} <= OURS & with_models
    for room in OURS & with_models:
        last = [name for _app, name in loader.graph.leaf_nodes(room)]
        assert len(last) == 1, f"{room}/migrations ends with {last or 'nothing'}, not with one."


def test_user_picture_and_rendition_are_ours_from_the_first_migration() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    for room, model in (("staff", "user"), ("pictures", "picture"), ("pictures", "rendition")):
        first = loader.disk_migrations[room, "0001_initial"]
        created = {
            operation.name_lower
            for operation in first.operations
            if hasattr(operation, "name_lower")
        }
        assert model in created
