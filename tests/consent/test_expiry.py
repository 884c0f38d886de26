"""Reminders before consent expires, and what is hidden afterwards; the date is mocked."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from consent.expiry import remind_stewards
from consent.models import ConsentRecord
from mission.models import HomePage
from stories.models import StoryIndexPage, StoryPage
from tests import factories
from tests.schedule import run_schedule

pytestmark = pytest.mark.usefixtures("all_renditions")


@pytest.fixture
def travel_to_day(django_capture_on_commit_callbacks: Callable) -> Iterator[Callable[[int], None]]:
    """`travel_to_day(days)` moves the date that many days ahead and runs the scheduled tasks.

    The time is noon, so that neither midnight nor daylight saving time changes the date.
    """
    noon = timezone.localtime().replace(hour=12)
    with mock.patch("django.utils.timezone.now") as now:
        now.return_value = noon

        def move(days: int) -> None:
            now.return_value = noon + timedelta(days=days)
            with django_capture_on_commit_callbacks(execute=True):  # files are deleted on commit
                run_schedule()

        yield move


def consent_ending_in(days: int, **values: object) -> ConsentRecord:
    return factories.consent(expires_on=timezone.localdate() + timedelta(days=days), **values)


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


@pytest.fixture
def published(
    home: HomePage, story_index: StoryIndexPage, travel_to_day: Callable
) -> SimpleNamespace:
    """A published story and a photo of one person, in every place that can show them."""
    consent = consent_ending_in(1, for_social=True)
    photo = factories.picture("Maria")
    photo.consent = consent
    photo.save()
    story = factories.StoryPageFactory(
        parent=story_index, title="Word of hers", portrait=photo, consent=consent
    )
    story.save_revision().publish()
    factories.StandardPageFactory(
        parent=home,
        slug="about",
        lead_picture=photo,
        lead_caption="Maria herself",
        social_picture=photo,
    )
    home.hero_picture, home.hero_caption = photo, "Maria herself"
    home.sections = [
        {"type": "stories", "value": {"heading": "Stories", "stories": [story.pk]}},
        {"type": "text", "value": f'<p><a linktype="page" id="{story.pk}">Read it</a></p>'},
    ]
    home.save()
    return SimpleNamespace(story=story, photo=photo)


def test_expired_consent_removes_content_everywhere(
    published: SimpleNamespace, travel_to_day: Callable, client: Client
) -> None:
    places = ("/", "/stories/", "/stories/feed/", "/sitemap.xml", "/search/?q=word", "/about/")

    def traces(path: str) -> set[str]:
        text = read(client, path)
        return {word for word in ("word-of-hers", "Word of hers", "maria", "Maria") if word in text}

    file = published.photo.get_rendition("format-jpeg|width-480").url
    assert client.get(file).status_code == 200
    assert client.get("/stories/word-of-hers/").status_code == 200
    assert all(traces(path) for path in places)
    assert "og:image" in client.get("/about/").content.decode()

    travel_to_day(1)

    assert client.get("/stories/word-of-hers/").status_code == 404
    assert {path: traces(path) for path in places} == {path: set() for path in places}
    assert "og:image" not in client.get("/about/").content.decode()
    assert client.get(file).status_code == 404
    assert StoryPage.objects.get().expired


def test_expired_picture_is_hidden_before_scheduled_task(
    published: SimpleNamespace, client: Client
) -> None:
    assert "Maria herself" in read(client, "/about/")
    ConsentRecord.objects.update(expires_on=timezone.localdate())
    assert "Maria" not in read(client, "/about/")


def test_preview_shows_expired_picture(published: SimpleNamespace, rf: object) -> None:
    ConsentRecord.objects.update(expires_on=timezone.localdate())
    story = StoryPage.objects.get()
    assert not story.portrait.visible
    request = rf.get("/")  # type: ignore[attr-defined]
    request.is_preview = True
    story.get_context(request)
    assert story.portrait.visible


def test_renewed_picture_is_shown_again(
    published: SimpleNamespace, travel_to_day: Callable, client: Client
) -> None:
    travel_to_day(1)
    assert "Maria" not in read(client, "/about/")
    later = timezone.localdate() + timedelta(days=30)
    ConsentRecord.objects.filter(pk=published.photo.consent_id).update(expires_on=later)
    published.photo.make_sizes()  # `show_pictures` does this when consent is renewed
    html = read(client, "/about/")
    assert "Maria herself" in html
    files = re.findall(r"/media/images/[^\s\",]+", html)
    assert files
    assert {file: client.get(file).status_code for file in files} == dict.fromkeys(files, 200)


def test_reminders_are_sent_60_30_and_7_days_before_expiry(
    story_index: StoryIndexPage, travel_to_day: Callable
) -> None:
    story = factories.StoryPageFactory(
        parent=story_index, title="Secret", consent=consent_ending_in(100)
    )
    story.copy(update_attrs={"slug": "copy"})
    sent = {}
    for day in range(0, 105, 5):  # with 5 days left, the 7-day reminder is sent
        travel_to_day(day)
        travel_to_day(day)  # a second run sends nothing
        if mail.outbox:
            sent[100 - day] = [(message.to, message.subject) for message in mail.outbox]
            assert f"/admin/consent/{story.consent_id}/inspect/" in mail.outbox[0].body
            assert "Secret" not in mail.outbox[0].subject + mail.outbox[0].body
        mail.outbox.clear()
    assert sent == {
        60: [(["steward@example.org"], "Consent ends in 60 days")],
        30: [(["steward@example.org"], "Consent ends in 30 days")],
        5: [(["steward@example.org"], "Consent ends in 5 days")],
    }


def test_missed_reminders_are_sent_as_one_mail(
    story_index: StoryIndexPage, travel_to_day: Callable
) -> None:
    factories.StoryPageFactory(parent=story_index, consent=consent_ending_in(100))
    travel_to_day(75)
    assert [message.subject for message in mail.outbox] == ["Consent ends in 25 days"]
    travel_to_day(130)
    assert not StoryPage.objects.get().live
    assert len(mail.outbox) == 1


def test_reminder_is_not_sent_on_expiry_day(
    story_index: StoryIndexPage, travel_to_day: Callable
) -> None:
    factories.StoryPageFactory(parent=story_index, consent=consent_ending_in(5))
    travel_to_day(5)
    assert not StoryPage.objects.get().live
    assert mail.outbox == []


def test_reminder_is_sent_again_for_new_expiry_date(
    story_index: StoryIndexPage, travel_to_day: Callable
) -> None:
    factories.StoryPageFactory(parent=story_index, consent=consent_ending_in(5))
    travel_to_day(0)
    ConsentRecord.objects.update(expires_on=timezone.localdate() + timedelta(days=6))
    travel_to_day(0)
    assert len(mail.outbox) == 2


def test_reminder_without_steward_goes_to_administrators(
    story_index: StoryIndexPage, travel_to_day: Callable
) -> None:
    boss = factories.UserFactory(username="boss", is_superuser=True)
    factories.StoryPageFactory(parent=story_index, consent=consent_ending_in(5))
    ConsentRecord.objects.update(steward=None)
    travel_to_day(0)
    assert not mail.outbox  # the administrator has no email address yet
    boss.email = "boss@example.org"
    boss.save()
    travel_to_day(0)
    assert mail.outbox[0].to == ["boss@example.org"]


def test_consent_does_not_expire_when_no_person_is_shown(
    story_index: StoryIndexPage, travel_to_day: Callable, client: Client
) -> None:
    factories.StoryPageFactory(parent=story_index, consent=consent_ending_in(5, shown="no-one"))
    photo = factories.picture()
    photo.consent = consent_ending_in(5, basis="illustration")
    photo.save()
    file = photo.get_rendition("format-jpeg|width-480").url
    for day in (0, 5, 6):
        travel_to_day(day)
        assert StoryPage.objects.get().live
        assert client.get(file).status_code == 200
        assert not mail.outbox


def test_failed_reminder_is_retried(story_index: StoryIndexPage, settings: Any) -> None:
    factories.StoryPageFactory(parent=story_index, consent=consent_ending_in(20))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nothing listens on this port
    assert remind_stewards() == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert remind_stewards() == 1
    assert remind_stewards() == 0
