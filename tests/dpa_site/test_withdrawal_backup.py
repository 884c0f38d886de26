"""Restoring an old backup does not restore a withdrawn story."""

from io import BytesIO
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from wagtail.models import Site

from consent import withdrawal
from dpa_site.backups import databases
from stories.models import StoryPage
from tests import factories
from tests.dumps import dump_database

PHRASE = "kvznwqyxjtremolo"


def is_in_dump() -> bool:
    return PHRASE in dump_database()


def uploads() -> set[Path]:
    """Originals and renditions of all pictures."""
    root = Path(settings.MEDIA_ROOT)
    return {path for name in ("original_images", "images") for path in (root / name).glob("*")}


def test_restore_erases_withdrawn_story_again(
    storage: Path, committed_database: str, migrated_copies: None
) -> None:
    index = factories.StoryIndexPageFactory(
        parent=Site.objects.get(is_default_site=True).root_page, slug="told"
    )
    path = f"/told/{PHRASE}/"
    client = Client(headers={"host": "localhost"})
    before = uploads()
    portrait = factories.picture(PHRASE, size=(60, 40))
    portrait.make_sizes()
    story = factories.StoryPageFactory(
        parent=index,
        slug=PHRASE,
        title=f"By {PHRASE}",
        portrait=portrait,
        consent=factories.consent(steward=factories.UserFactory(username="steward")),
    )
    for number in range(3):
        story.pull_quote = f"{PHRASE} {number}"
        story.save_revision(log_action=True).publish()
    assert client.get(path).status_code == 200
    call_command("backup")
    assert is_in_dump()
    assert len(uploads() - before) == len(portrait.specs) + 1  # renditions and the original

    withdrawal.withdraw(withdrawal.make_plan([story.consent]))
    assert not is_in_dump()
    assert uploads() == before
    assert client.get(path).status_code == 410

    connection.close()
    key = str(storage.with_name("key"))
    call_command("restore", "latest", key=key, replace_everything=True)
    assert not is_in_dump()
    assert uploads() == before
    assert client.get(path).status_code == 410
    assert not StoryPage.objects.exists()


def test_failed_restore_keeps_new_upload_with_the_name_of_a_withdrawn_file(
    storage: Path,
    committed_database: str,
    migrated_copies: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picture = factories.picture(PHRASE, size=(60, 40))
    picture.consent = factories.consent()
    picture.save()
    name = picture.file.name
    call_command("backup")
    withdrawal.withdraw(withdrawal.make_plan([picture.record]))
    assert not default_storage.exists(name)
    default_storage.save(name, BytesIO(b"another file"))
    before = {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}

    monkeypatch.setattr(databases, "swap", Mock(side_effect=OSError))
    key = str(storage.with_name("key"))
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("restore", "latest", key=key, replace_everything=True)
    assert default_storage.open(name).read() == b"another file"
    assert {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()} == before
    default_storage.delete(name)
