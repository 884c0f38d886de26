import inspect
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader
from wagtail import fields

from mission.models import HomePage
from site_settings.fields import StreamField
from tests import factories

OWN_APPS = {
    config.label
    for config in apps.get_app_configs()
    if Path(config.path).parent == settings.BASE_DIR
}


# A migration of wagtail_localize queries the database on import.
pytestmark = pytest.mark.django_db


def test_migrations_match_models() -> None:
    output = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=output)
    except SystemExit:
        pytest.fail(f"Models have changed. Run manage.py makemigrations.\n{output.getvalue()}")


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


def test_migrations_do_not_list_blocks() -> None:
    streams = [
        field
        for model in apps.get_models()
        if model._meta.app_label in OWN_APPS
        for field in model._meta.get_fields(include_parents=False)
        if isinstance(field, fields.StreamField)
    ]
    assert len(streams) > 10, "Too few StreamFields were found. Correct this test."
    for field in streams:
        assert isinstance(field, StreamField), (
            f"{field} lists its blocks in migrations, so each new block needs a migration. "
            "Import StreamField from site_settings.fields."
        )
    loader = MigrationLoader(None, ignore_no_migrations=True)
    for (app, name), migration in loader.disk_migrations.items():
        if app in OWN_APPS:
            source = Path(inspect.getfile(type(migration))).read_text("utf-8")
            assert "block_lookup" not in source, (
                f"{app}/migrations/{name}.py lists blocks. Make it again with makemigrations, "
                "after you import StreamField from site_settings.fields."
            )


def test_migration_keeps_stored_blocks(home: HomePage) -> None:
    page = factories.StandardPageFactory(parent=home)
    page.body = [{"type": "quote", "value": {"text": "Words", "speaker": "S."}}]
    page.save()
    page.refresh_from_db()
    stored = page.body.get_prep_value()
    state = MigrationLoader(None, ignore_no_migrations=True).project_state()
    historical = state.apps.get_model("mission", "StandardPage").objects.get(pk=page.pk)
    historical.title = "Changed by a migration"
    historical.save()
    page.refresh_from_db()
    assert page.title == "Changed by a migration"
    assert page.body.get_prep_value() == stored
    assert state.apps.get_model("mission", "StandardPage")().body.get_prep_value() == []
