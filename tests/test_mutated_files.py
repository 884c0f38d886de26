"""A damaged file causes no server error, and leaves no row if it is refused.

`python -m bench.fuzz` tries thousands of damaged files instead of a few.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Q
from django.test import Client
from procrastinate.contrib.django import app
from procrastinate.testing import InMemoryConnector
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents.models import Document
from wagtail.models import Page

from actions.rate_limit import buckets
from mission.models import HomePage
from pictures.models import Picture
from stories.contacts import PicturePart
from stories.models import StoryIndexPage, StoryPage
from tests.content_files import content
from tests.mutated_files import PICTURES, damaged_pictures, mutate
from tests.pictures.test_uploads import add_in_chooser, add_several, replace
from tests.pictures.test_uploads import media as media
from tests.stories.test_sent_stories import send

COUNT = int(os.environ.get("MUTATIONS", "12"))  # damaged files in each test
SEED = int(os.environ.get("MUTATIONS_SEED", "1"))
CSV = b"old,new\n/here/,/there/\n/a/,https://www.example.org/\n"


@pytest.fixture
def cms(admin_client: Client, home: object, media: Path) -> Client:
    return admin_client


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemoryConnector]:
    """A queue of jobs in memory. No rate limit refuses the many stories that are sent."""
    monkeypatch.setattr(buckets, "take", lambda *_, **__: True)
    with app.replace_connector(InMemoryConnector()) as worker:
        yield worker.connector


def check_pictures(cms: Client) -> None:
    """Check that every picture has a size, a file and a thumbnail, and that the CMS lists them."""
    assert not Picture.objects.filter(Q(width__lt=1) | Q(height__lt=1)).exists()
    for picture in Picture.objects.all():
        assert picture.file.storage.exists(picture.file.name)
        assert picture.get_rendition("max-165x165").width > 0
    assert cms.get("/admin/images/").status_code == 200


@pytest.mark.parametrize("way", [add_several, add_in_chooser, replace])
def test_damaged_picture_is_refused_or_becomes_a_picture(cms: Client, way: Callable) -> None:
    for number, (_name, data) in enumerate(damaged_pictures(SEED, COUNT)):
        with transaction.atomic():
            response = way(cms, SimpleUploadedFile(f"{number}.jpg", data))
            assert response.status_code in {200, 302}
            assert Picture.objects.count() <= 1
            check_pictures(cms)
            transaction.set_rollback(True)


def test_damaged_picture_of_a_reader_is_refused_or_added_by_the_worker(
    cms: Client, client: Client, story_index: StoryIndexPage, queue: InMemoryConnector
) -> None:
    story_index.takes_stories = True
    story_index.save()
    statuses = set()
    for number, (_name, data) in enumerate(damaged_pictures(SEED, COUNT)):
        with transaction.atomic():
            response = send(client, picture=SimpleUploadedFile(f"{number}.jpg", data))
            statuses.add(response.status_code)
            assert StoryPage.objects.count() == (response.status_code == 303)
            assert not Picture.objects.exists()
            for story in StoryPage.objects.all():
                app.tasks["receive_story"](page=story.pk)
                assert (
                    Picture.objects.exists()
                    is not story.contact.__class__.objects.filter(is_picture_damaged=True).exists()
                )
            assert not PicturePart.objects.exists()
            check_pictures(cms)
            transaction.set_rollback(True)
    assert statuses <= {303, 422}


def test_damaged_document_is_refused_or_stored(cms: Client) -> None:
    random = Random(SEED)  # noqa: S311
    for number in range(COUNT):
        data = mutate(random.choice([*PICTURES.values()]), random)
        name = f"{number}.{random.choice(('pdf', 'csv', 'docx', 'exe', 'pdf.svg', ''))}"
        with transaction.atomic():
            files = {"title": "Report", "files[]": SimpleUploadedFile(name, data)}
            response = cms.post("/admin/documents/multiple/add/", files)
            assert response.status_code == 200
            assert Document.objects.count() == response.json()["success"]
            assert cms.get("/admin/documents/").status_code == 200
            transaction.set_rollback(True)


def test_damaged_list_of_redirects_is_refused_or_imported(cms: Client) -> None:
    random = Random(SEED)  # noqa: S311
    for _number in range(COUNT):
        with transaction.atomic():
            file = SimpleUploadedFile("redirects.csv", mutate(CSV, random))
            response = cms.post("/admin/redirects/import/", {"import_file": file, "file": file})
            assert response.status_code in {200, 302}
            assert cms.get("/admin/redirects/").status_code == 200
            for redirect in Redirect.objects.all():
                assert cms.get(redirect.old_path).status_code < 500
            transaction.set_rollback(True)


def test_damaged_content_file_is_refused_or_loaded(
    home: HomePage, media: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home.delete()
    root = content.write(tmp_path_factory.mktemp("content"), issues=2)
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    random = Random(SEED)  # noqa: S311
    results, reasons = set(), []
    for _number in range(COUNT):
        path = random.choice(files)
        data = path.read_bytes()
        path.write_bytes(mutate(data, random))
        with transaction.atomic():
            try:
                call_command("load_content", root)
                results.add("loaded")
            except CommandError as error:
                results.add("refused")
                reasons.append(str(error))
            assert Page.objects.filter(depth=2).exists() is Picture.objects.exists()
            transaction.set_rollback(True)
        path.write_bytes(data)
    assert results == {"loaded", "refused"}
    assert not [reason for reason in reasons if "line " not in reason and ": " not in reason]
