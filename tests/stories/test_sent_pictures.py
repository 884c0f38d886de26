"""Pictures that readers send with a story are decoded by the worker."""

from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from procrastinate.contrib.django import app
from procrastinate.testing import InMemoryConnector

from consent import withdrawal
from pictures import cleaning, decoding_lock
from pictures.cleaning import CleanedFile, clean
from pictures.models import Picture
from stories import submissions
from stories.contacts import PicturePart
from stories.models import StoryPage
from tests.actions.conftest import queue as queue
from tests.jobs import run_jobs
from tests.mutated_files import SVG
from tests.pictures.hostile_pictures import heif_grid
from tests.pictures.sample_photographs import photograph
from tests.stories.test_sent_stories import _open as _open
from tests.stories.test_sent_stories import jpeg, send, somebody


def test_only_photographs_up_to_25_megapixels_are_accepted(client: Client) -> None:
    for picture, reason in (
        (large_png(), "more than 25 million pixels"),
        (SimpleUploadedFile("a.jpg", SVG), "damaged or is not a picture"),
    ):
        refused = send(client, picture=picture)
        assert refused.status_code == 422
        assert reason in refused.content.decode()
    assert not StoryPage.objects.exists()
    assert not PicturePart.objects.exists()


def large_png() -> SimpleUploadedFile:
    data = BytesIO()
    Image.new("1", (5001, 5000)).save(data, "PNG")
    return SimpleUploadedFile("large.png", data.getvalue())


def test_request_does_not_decode_the_picture(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise AssertionError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", fail)
    assert send(client, picture=jpeg()).status_code == 303


def test_stewards_read_that_the_picture_is_damaged(
    client: Client, mailoutbox: list, queue: InMemoryConnector
) -> None:
    data = bytearray(photograph("AVIF"))
    data[-200:-20] = bytes(180)  # within the pixels
    with pytest.raises(ValidationError):
        clean(bytes(data))
    assert send(client, picture=SimpleUploadedFile("a.avif", bytes(data))).status_code == 303
    story = StoryPage.objects.get()
    steward = somebody("Story stewards")
    contact_url = reverse("stories_contact", args=[story.pk])
    assert "its file is damaged" not in steward.get(contact_url).content.decode()
    run_jobs(queue)
    assert len(mailoutbox) == 1
    assert "its file is damaged" in steward.get(contact_url).content.decode()
    assert not PicturePart.objects.exists()
    assert not Picture.objects.exists()


def test_story_arrives_without_a_picture_that_takes_too_long(
    client: Client, monkeypatch: pytest.MonkeyPatch, mailoutbox: list, queue: InMemoryConnector
) -> None:
    picture = SimpleUploadedFile("a.heic", heif_grid(1024, 31, 5000))
    assert send(client, picture=picture).status_code == 303
    monkeypatch.setattr(cleaning, "MAX_SECONDS", 1)
    story = StoryPage.objects.get()
    steward = somebody("Story stewards")
    run_jobs(queue)  # raises nothing, so the job is not retried
    assert len(mailoutbox) == 1
    contact_url = reverse("stories_contact", args=[story.pk])
    assert "its file is damaged" in steward.get(contact_url).content.decode()
    assert not PicturePart.objects.exists()


def test_picture_is_added_later_if_another_is_being_decoded(
    client: Client, monkeypatch: pytest.MonkeyPatch, mailoutbox: list
) -> None:
    send(client, picture=jpeg())
    story = StoryPage.objects.get()
    with monkeypatch.context() as patch, decoding_lock.decoding_lock():
        patch.setattr(decoding_lock, "MAX_WAIT", 0)
        with pytest.raises(ValidationError):
            app.tasks["receive_story"](page=story.pk)
    assert PicturePart.objects.exists()
    assert not mailoutbox
    app.tasks["receive_story"](page=story.pk)
    app.tasks["receive_story"](page=story.pk)  # adds no second picture
    assert Picture.objects.get() == StoryPage.objects.get().portrait


def test_picture_of_an_erased_story_is_not_added(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client, picture=jpeg())
    story = StoryPage.objects.get()

    def erase_meanwhile(data: bytes) -> CleanedFile:
        withdrawal.withdraw(withdrawal.make_plan([story.consent]))
        return clean(data)

    monkeypatch.setattr(submissions, "clean", erase_meanwhile)
    submissions.add_portrait(story.pk)
    for model in (Picture, PicturePart, StoryPage):
        assert not model.objects.exists()
