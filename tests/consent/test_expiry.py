"""What happens before consent ends, on the day and after it, by a clock that the test moves."""

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
from mission.models import HomePage
from staff.models import User
from stories.models import StoryIndexPage, StoryPage
from tests import factories
from tests.clock import one_round

pytestmark = pytest.mark.usefixtures("all_sizes")


@pytest.fixture
def clock(django_capture_on_commit_callbacks: Callable) -> Iterator[Callable[[int], None]]:
    """`clock(days)` makes it so many days later than it is, and lets the site do its work.

    It is noon, so that neither midnight nor the change to summer time can change the date.
    """
    noon = timezone.localtime().replace(hour=12)
    with mock.patch("django.utils.timezone.now") as now:
        now.return_value = noon

        def move(days: int) -> None:
            now.return_value = noon + timedelta(days=days)
            with django_capture_on_commit_callbacks(execute=True):  # files go after the commit
                one_round()

        yield move


def ends_in(days: int, **but: object) -> dict:
    return factories.agreed(expires_on=timezone.localdate() + timedelta(days=days), **but)


def read(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


@pytest.fixture
def shown(home: HomePage, story_index: StoryIndexPage, clock: Callable) -> SimpleNamespace:
    """A story and a photograph, both of one person, in all the places where they can be."""
    consent = ends_in(1, for_social=True)
    photo = factories.picture("Maria")
    for name, value in consent.items():
        setattr(photo, name, value)
    photo.save()
    story = factories.StoryPageFactory(
        parent=story_index, title="Word of hers", portrait=photo, **consent
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


def test_the_day_consent_ends_it_is_gone_from_all_places(
    shown: SimpleNamespace, clock: Callable, client: Client
) -> None:
    places = ("/", "/stories/", "/stories/feed/", "/sitemap.xml", "/search/?q=word", "/about/")

    def traces(path: str) -> set[str]:
        text = read(client, path)
        return {word for word in ("word-of-hers", "Word of hers", "maria", "Maria") if word in text}

    file = shown.photo.get_rendition("format-jpeg|width-480").url
    assert client.get(file).status_code == 200
    assert client.get("/stories/word-of-hers/").status_code == 200
    assert all(traces(path) for path in places)
    assert "og:image" in client.get("/about/").content.decode()

    clock(1)

    assert client.get("/stories/word-of-hers/").status_code == 404
    assert {path: traces(path) for path in places} == {path: set() for path in places}
    assert "og:image" not in client.get("/about/").content.decode()
    assert client.get(file).status_code == 404
    assert StoryPage.objects.get().expired


def test_a_picture_is_gone_at_once_and_without_the_nightly_work(
    shown: SimpleNamespace, client: Client
) -> None:
    assert "Maria herself" in read(client, "/about/")
    type(shown.photo).objects.update(expires_on=timezone.localdate())
    assert "Maria" not in read(client, "/about/")


def test_an_editor_previews_what_readers_do_not_see(shown: SimpleNamespace, rf: object) -> None:
    type(shown.photo).objects.update(expires_on=timezone.localdate())
    story = StoryPage.objects.get()
    assert not story.portrait.visible
    request = rf.get("/")  # type: ignore[attr-defined]
    request.is_preview = True
    story.get_context(request)
    assert story.portrait.visible


def test_a_renewed_picture_comes_back(
    shown: SimpleNamespace, clock: Callable, client: Client
) -> None:
    clock(1)
    assert "Maria" not in read(client, "/about/")
    photo = type(shown.photo).objects.get()
    photo.expires_on = None
    photo.save()
    html = read(client, "/about/")
    assert "Maria herself" in html
    files = re.findall(r"/media/images/[^\s\",]+", html)
    assert files
    assert {file: client.get(file).status_code for file in files} == dict.fromkeys(files, 200)


@pytest.mark.parametrize("but", [{"for_site": False}, {"shown": "child"}, {"form_number": ""}])
def test_a_story_whose_consent_shrinks_is_taken_down(
    shown: SimpleNamespace, clock: Callable, client: Client, but: dict
) -> None:
    assert "Word of hers" in read(client, "/stories/word-of-hers/")
    for name, value in but.items():
        setattr(shown.story, name, value)
    shown.story.save_revision()  # “Save draft”: what was agreed counts at once
    clock(0)
    assert client.get("/stories/word-of-hers/").status_code == 404
    assert shown.photo.renditions.exists()


def test_a_picture_that_leaves_the_site_takes_its_files_along(
    shown: SimpleNamespace, clock: Callable, client: Client
) -> None:
    file = shown.photo.get_rendition("format-jpeg|width-480").url
    assert client.get(file).status_code == 200
    shown.photo.for_site = False
    shown.photo.save()
    clock(0)
    assert client.get(file).status_code == 404


def test_the_steward_hears_sixty_thirty_and_seven_days_before(
    story_index: StoryIndexPage, clock: Callable
) -> None:
    story = factories.StoryPageFactory(parent=story_index, title="Secret", **ends_in(100))
    story.copy(update_attrs={"slug": "copy"})
    heard = {}
    for day in range(0, 105, 5):
        clock(day)
        clock(day)
        if mail.outbox:
            heard[100 - day] = [(message.to, message.subject) for message in mail.outbox]
            assert f"/admin/pages/{story.pk}/edit/" in mail.outbox[0].body
            assert "Secret" not in mail.outbox[0].subject + mail.outbox[0].body
        mail.outbox.clear()
    assert heard == {
        60: [(["steward@example.org"], "Consent ends in 60 days")],
        30: [(["steward@example.org"], "Consent ends in 30 days")],
        5: [(["steward@example.org"], "Consent ends in 5 days")],
    }


def test_missed_days_are_caught_up_with_one_mail(
    story_index: StoryIndexPage, clock: Callable
) -> None:
    factories.StoryPageFactory(parent=story_index, **ends_in(100))
    clock(75)
    assert [message.subject for message in mail.outbox] == ["Consent ends in 25 days"]
    clock(130)
    assert not StoryPage.objects.get().live
    assert len(mail.outbox) == 1


def test_on_the_day_itself_a_reminder_would_come_too_late(
    story_index: StoryIndexPage, clock: Callable
) -> None:
    factories.StoryPageFactory(parent=story_index, **ends_in(5))
    clock(5)
    assert not StoryPage.objects.get().live
    assert mail.outbox == []


def test_a_new_date_begins_anew(story_index: StoryIndexPage, clock: Callable) -> None:
    factories.StoryPageFactory(parent=story_index, **ends_in(5))
    clock(0)
    StoryPage.objects.update(expires_on=timezone.localdate() + timedelta(days=6))
    clock(0)
    assert len(mail.outbox) == 2


def test_administrators_hear_when_the_steward_is_gone(
    story_index: StoryIndexPage, clock: Callable
) -> None:
    boss = factories.UserFactory(username="boss", is_superuser=True)
    factories.StoryPageFactory(parent=story_index, **ends_in(5))
    StoryPage.objects.update(steward=None)
    clock(0)
    assert not mail.outbox  # nobody has an address yet
    boss.email = "boss@example.org"
    boss.save()
    clock(0)
    assert mail.outbox[0].to == ["boss@example.org"]


def test_illustrations_and_nobody_never_end(
    story_index: StoryIndexPage, clock: Callable, client: Client
) -> None:
    factories.StoryPageFactory(parent=story_index, **ends_in(5, shown="no-one"))
    photo = factories.picture()
    for name, value in ends_in(5, basis="illustration").items():
        setattr(photo, name, value)
    photo.save()
    file = photo.get_rendition("format-jpeg|width-480").url
    for day in (0, 5, 6):
        clock(day)
        assert StoryPage.objects.get().live
        assert client.get(file).status_code == 200
        assert not mail.outbox


def test_the_report_lists_what_ends_next_and_what_ended(
    story_index: StoryIndexPage, clock: Callable, client: Client
) -> None:
    ended = factories.StoryPageFactory(parent=story_index, title="Over", **ends_in(1))
    factories.StoryPageFactory(parent=story_index, title="Soon", **ends_in(90))
    factories.StoryPageFactory(parent=story_index, title="Far away", **ends_in(600))
    clock(2)
    client.force_login(User.objects.create_superuser("boss"))
    html = client.get("/admin/reports/consent/").content.decode()
    assert "Far away" not in html
    assert html.index("Ending next") < html.index("Soon") < html.index("Ended") < html.index("Over")
    assert f"/admin/pages/{ended.pk}/edit/" in html
    assert "/admin/reports/consent/" in client.get("/admin/").content.decode()


def test_a_reminder_that_could_not_be_sent_is_sent_later(
    story_index: StoryIndexPage, settings: Any
) -> None:
    factories.StoryPageFactory(parent=story_index, **ends_in(20))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there
    assert remind_stewards() == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert remind_stewards() == 1
    assert remind_stewards() == 0
