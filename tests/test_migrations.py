import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

ROOMS = {
    "staff",
    "consent",
    "pictures",
    "editorial",
    "actions",
    "issues",
    "stories",
    "news",
    "mission",
}


@pytest.mark.django_db
def test_the_migrations_describe_the_models() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_each_room_with_models_has_one_line_of_migrations() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    with_models = {config.label for config in apps.get_app_configs() if list(config.get_models())}
    for room in ROOMS & with_models:
        assert len(loader.graph.leaf_nodes(room)) == 1


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
