"""Backups of earlier versions.

The migrations of the backup make the tables, and later migrations run after the rows are loaded.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from wagtail.users.models import UserProfile

import tests.databases
from dpa_site.backups import databases, migrations, store
from editorial.models import Wording
from staff.models import User
from tests.dpa_site import hostile_archives

# The migration of wagtailusers adds COLUMN, and the migration of mission adds INDEX.
LATER = {"wagtailusers.0015_userprofile_keyboard_shortcuts", "mission.0002_page_index"}
COLUMN, INDEX = "keyboard_shortcuts", "mission_pages_near_home"


@pytest.fixture
def older(committed_database: str, storage: Path) -> Path:
    """A backup from before the migrations LATER."""
    user = User.objects.create(username="older")
    UserProfile.objects.create(user=user, preferred_language="es")
    call_command("backup")
    user.delete()
    manifest, folder = hostile_archives.unpack(storage)
    profiles = folder / "tables/wagtailusers_userprofile"
    rows = [line.split("\t") for line in profiles.read_text().splitlines()]
    index = rows[0].index(COLUMN)
    profiles.write_text("".join("\t".join(r[:index] + r[index + 1 :]) + "\n" for r in rows))
    names = [name for name in manifest.migrations if name not in LATER]
    assert len(names) == len(manifest.migrations) - len(LATER)
    return hostile_archives.pack(storage, folder, replace(manifest, migrations=names))


@pytest.fixture
def ordinary_role(older: Path) -> Iterator[None]:
    """Connect as a role that may only create databases, like the one in compose.yaml."""
    settings_dicts = (settings.DATABASES["default"], connection.settings_dict)
    former = [each["USER"] for each in settings_dicts]
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE ordinary LOGIN CREATEDB")

    def connect_as(*users: str) -> None:
        tests.databases.disconnect()
        for each, user in zip(settings_dicts, users, strict=True):
            each["USER"] = user

    connect_as("ordinary", "ordinary")
    try:
        yield
    finally:
        connect_as(*former)
        with connection.cursor() as cursor:
            cursor.execute("DROP ROLE ordinary")


def test_older_backup_is_migrated_after_its_rows_are_loaded(
    older: Path, storage: Path, ordinary_role: None
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)
    with (
        store.open_backup(str(older), str(storage.with_name("key"))) as found,
        databases.in_use(found.database),
    ):
        assert found.different == found.unknown == []
        assert migrations.applied() == sorted({*found.manifest.migrations} | LATER)
        profile = UserProfile.objects.get(user__username="older")
        assert profile.preferred_language == "es"
        assert profile.keyboard_shortcuts  # the default of the later migration
        # Rows that migrations insert are loaded from the backup and do not exist twice.
        words = list(Wording.objects.values_list("word", flat=True))
        assert len(words) == len(set(words)) > 10
        User.objects.create(username="next")  # needs a primary key that no loaded row has
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname = %s", [INDEX])
            assert cursor.fetchone() == (1,)
            cursor.execute("SELECT count(*) FROM staff_failed_log_ins")
            assert cursor.fetchone() == (0,)


def test_backup_whose_rows_do_not_fit_its_migrations_is_refused(
    committed_database: str, storage: Path, migrated_copies: None
) -> None:
    call_command("backup")
    manifest, folder = hostile_archives.unpack(storage)
    (folder / "tables/wagtailusers_userprofile").write_text("id\tuser_id\n")
    file = hostile_archives.pack(storage, folder, manifest)
    with pytest.raises(CommandError, match="its table wagtailusers_userprofile has other columns"):
        call_command("verify_backup", str(file), key=str(storage.with_name("key")))


def test_squashed_migration_stands_for_all_that_it_replaces(db: None) -> None:
    squashed = ("wagtailimages", "0001_squashed_0021")
    names = migrations.applied()
    replaced = [n for n in names if n.startswith("wagtailimages.000") and "squashed" not in n]
    assert replaced
    without = [name for name in names if name != ".".join(squashed)]
    assert squashed in migrations.find(without)[0]
    found, unknown = migrations.find([name for name in without if name != replaced[0]])
    assert squashed not in found
    assert set(unknown) >= set(replaced[1:])
