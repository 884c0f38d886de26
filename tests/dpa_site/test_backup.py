"""A backup of one database, restored into another, with real PostgreSQL programs."""

import tarfile
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from dpa_site.management.commands import restore as restore_module
from dpa_site.postgres_programs import arguments, program
from staff.models import User


def test_a_backup_holds_the_database_and_the_uploads_and_comes_back(
    tmp_path: Path, django_db_setup: None, django_db_blocker: object
) -> None:
    media = Path(settings.MEDIA_ROOT)
    kept = media / "images/kept.svg"
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text("<svg/>")
        User.objects.create(username="kept")
        output = StringIO()
        call_command("backup", to=tmp_path, stdout=output)
        file = next(tmp_path.glob("*.tar"))
        try:
            assert str(file) in output.getvalue()
            assert file.stat().st_mode & 0o077 == 0
            User.objects.filter(username="kept").delete()
            User.objects.create(username="later")
            kept.unlink()
            (media / "images/later.svg").write_text("<svg/>")
            connection.close()
            call_command("restore", file, stdout=output)
            names = set(User.objects.values_list("username", flat=True))
            assert "kept" in names
            assert "later" not in names
            assert kept.read_text() == "<svg/>"
            assert not (media / "images/later.svg").exists()
        finally:
            User.objects.filter(username__in=["kept", "later"]).delete()
            kept.unlink(missing_ok=True)


def test_a_file_that_is_no_backup_is_refused(tmp_path: Path, db: None) -> None:
    broken = tmp_path / "broken.tar"
    broken.write_text("not a tar file")
    with pytest.raises(CommandError, match="could not be restored"):
        call_command("restore", broken)


def test_an_archive_without_uploads_changes_nothing(tmp_path: Path, db: None) -> None:
    kept = Path(settings.MEDIA_ROOT, "images/kept.svg")
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("<svg/>")
    file = tmp_path / "half.tar"
    (tmp_path / "database.dump").write_text("")
    with tarfile.open(file, "w") as tar:
        tar.add(tmp_path / "database.dump", "database.dump")
    with pytest.raises(CommandError, match="is no backup of this site"):
        call_command("restore", file)
    assert kept.exists()
    kept.unlink()


def test_a_path_that_climbs_out_of_the_archive_is_refused(tmp_path: Path, db: None) -> None:
    file = tmp_path / "evil.tar"
    with tarfile.open(file, "w") as tar:
        tar.addfile(tarfile.TarInfo("../evil"))
    with pytest.raises(CommandError, match="could not be restored"):
        call_command("restore", file)
    assert not (Path(restore_module.settings.MEDIA_ROOT).parent.parent / "evil").exists()


def test_the_programs_are_those_of_the_server_in_use() -> None:
    assert Path(program("pg_dump")).exists()
    options, environment = arguments()
    assert f"--dbname={connection.settings_dict['NAME']}" in options
    assert "PGPASSWORD" in environment
