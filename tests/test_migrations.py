from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

OWN_APPS = {
    config.label
    for config in apps.get_app_configs()
    if Path(config.path).parent == settings.BASE_DIR
}


# A migration of wagtail_localize queries the database on import.
pytestmark = pytest.mark.django_db


def test_migrations_match_models() -> None:
    told = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=told)
    except SystemExit:
        pytest.fail(f"Models have changed. Run manage.py makemigrations.\n{told.getvalue()}")


def test_migrations_have_one_leaf_node_per_app() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    with_models = {config.label for config in apps.get_app_configs() if list(config.get_models())}
    assert {"mission", "stories", "staff", "cms"} <= OWN_APPS & with_models
    for app in OWN_APPS & with_models:
        last = [name for _app, name in loader.graph.leaf_nodes(app)]
        assert len(last) == 1, f"{app}/migrations has the leaf nodes {last}. Merge them into one."


def test_initial_migrations_create_custom_user_picture_and_rendition() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    for app, model in (("staff", "user"), ("pictures", "picture"), ("pictures", "rendition")):
        first = loader.disk_migrations[app, "0001_initial"]
        created = {
            operation.name_lower
            for operation in first.operations
            if hasattr(operation, "name_lower")
        }
        assert model in created
