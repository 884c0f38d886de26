"""A backup needs a key. The key is written to no place where it could be published or lost."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from pyrage.x25519 import Identity


@pytest.mark.django_db
def test_backup_requires_public_key(settings: Any) -> None:
    settings.BACKUP_PUBLIC_KEY = ""
    with pytest.raises(CommandError, match="BACKUP_PUBLIC_KEY is not set"):
        call_command("backup")


def test_backup_key_is_not_written_to_the_checkout() -> None:
    file = settings.BASE_DIR / "docs/backup.key"
    with pytest.raises(CommandError, match="outside"):
        call_command("backup_key", str(file))
    assert not file.exists()


def test_backup_key_does_not_overwrite_and_can_print_to_stdout(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "key"
    call_command("backup_key", str(file))
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError, match="already exists"):
        call_command("backup_key", str(file))
    capsys.readouterr()
    call_command("backup_key", "-")
    public, secret = capsys.readouterr().out.splitlines()
    assert str(Identity.from_str(secret).to_public()) == public.removeprefix("# public key: ")
