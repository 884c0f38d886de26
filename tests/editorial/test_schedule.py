"""Scheduled publishing and expiry, and the time zone shown in the CMS."""

from datetime import datetime, timedelta

import pytest
from django.contrib.messages.storage.session import SessionStorage
from django.core import mail
from django.db.models import F
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from procrastinate.testing import InMemoryConnector
from wagtail.models import Page, Revision
from wagtail.users.models import UserProfile

from consent.models import ConsentRecord
from editorial.publishing.other_languages import after_edit_page
from editorial.publishing.rules import first_publishing_error
from mission.models import HomePage, StandardPage
from news.choices import NewsType
from staff.models import User
from tests import factories
from tests.actions.conftest import queue as queue
from tests.jobs import run_jobs
from tests.schedule import run_schedule
from tests.translation_workflow import spanish

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def page(home: HomePage) -> StandardPage:
    """A live page with a revision, as the CMS creates it."""
    page = factories.StandardPageFactory(parent=home, title="Plan", slug="plan", live=False)
    page.save_revision().publish()
    return StandardPage.objects.get(pk=page.pk)


def run_due_schedules() -> None:
    """Move every schedule into the past and run the periodic tasks."""
    past = timezone.now() - MINUTE
    Revision.objects.filter(approved_go_live_at__isnull=False).update(approved_go_live_at=past)
    for revision in Revision.objects.filter(content__go_live_at__isnull=False):
        revision.content["go_live_at"] = past.isoformat()
        revision.save(update_fields=["content"])
    run_schedule()


def test_page_expires_on_time(page: StandardPage, client: Client) -> None:
    page.expire_at = timezone.now() + MINUTE
    page.save_revision().publish()
    run_schedule()
    assert client.get("/plan/").status_code == 200
    Page.objects.update(expire_at=timezone.now() - timedelta(seconds=1))
    run_schedule()
    assert client.get("/plan/").status_code == 404
    assert Page.objects.get(pk=page.pk).expired


def test_edit_after_scheduling_stays_draft(page: StandardPage) -> None:
    page.title, page.go_live_at = "Scheduled", timezone.now() + MINUTE
    page.save_revision().publish()
    later = page.get_latest_revision_as_object()
    later.title = "Written later"
    later.save_revision()
    run_due_schedules()
    found = StandardPage.objects.get()
    assert found.title == "Scheduled"
    assert found.has_unpublished_changes
    assert found.get_latest_revision_as_object().title == "Written later"


def test_failed_schedule_does_not_block_other_pages(
    page: StandardPage, home: HomePage, queue: InMemoryConnector
) -> None:
    """The scheduled revision has a slug that another page has taken since."""
    page.owner = User.objects.create_user("owner", "owner@example.org")
    page.slug, page.go_live_at = "wanted", timezone.now() + MINUTE
    page.save()
    page.slug = "plan"
    page.save()
    revision = page.save_revision()
    revision.content["slug"] = "wanted"
    revision.save(update_fields=["content"])
    revision.publish()
    factories.StandardPageFactory(parent=home, slug="wanted", title="Took the address")
    other = factories.StandardPageFactory(parent=home, slug="other", live=False)
    other.go_live_at = timezone.now() + MINUTE
    other.save_revision().publish()
    run_due_schedules()
    assert StandardPage.objects.get(slug="other").live
    assert StandardPage.objects.get(slug="plan").live
    run_schedule()
    run_jobs(queue)
    assert [message.to for message in mail.outbox] == [["owner@example.org"]]


@pytest.mark.parametrize(("own", "zone"), [("", "America/New_York"), ("Asia/Tokyo", "Asia/Tokyo")])
def test_schedule_fields_show_time_zone(
    page: StandardPage, admin_user: User, admin_client: Client, own: str, zone: str
) -> None:
    profile = UserProfile.get_for_user(admin_user)
    profile.current_time_zone = own
    profile.save()
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    html = admin_client.get(url).content.decode()
    assert html.count(f"Time zone: {zone} (now ") == 2  # two fields
    page.expire_at = timezone.now() + MINUTE
    page.save_revision().publish()
    assert admin_client.get(url).content.decode().count(f"Time zone: {zone}") == 3


def test_schedule_form_rejects_past_time(page: StandardPage, admin_client: Client) -> None:
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    data = {"title": "Typed", "slug": "plan", "expire_at": "2020-01-01 10:00"}
    data |= {"body-count": 0, "corrections-count": 0}
    data |= {"comments-TOTAL_FORMS": 0, "comments-INITIAL_FORMS": 0}
    form = admin_client.post(url, data | {"action-publish": "on"}).context["form"]
    assert list(form.errors) == ["expire_at"]
    assert form["title"].value() == "Typed"


# In how many days consent begins, consent ends and the page goes live; then the expected error.
DAYS = [
    (-9, 9, None, ""),
    (-9, 9, 8, ""),
    (-9, 9, 9, "Consent ends on"),
    (-9, 9, 20, "Consent ends on"),
    (-9, 0, 20, "Consent has ended"),
    (-9, -1, None, "Consent has ended"),
    (3, 9, None, "Consent has not begun yet"),
    (3, 9, 2, "Consent has not begun yet"),
    (3, 9, 3, ""),
    (3, 9, -2, "Consent has not begun yet"),  # in the past: it goes live now
]
KINDS = ["story", "portrait", "figure", "press release"]


def with_consent(kind: str, home: HomePage, record: ConsentRecord) -> Page:
    """A draft: a story with this consent record, or a page with a picture that has the record."""
    if kind == "story":
        index = factories.StoryIndexPageFactory(parent=home)
        return factories.StoryPageFactory(parent=index, title="Told", live=False, consent=record)
    photo = factories.drawing(consent=record)
    if kind == "portrait":
        index = factories.StoryIndexPageFactory(parent=home)
        return factories.StoryPageFactory(parent=index, title="Told", live=False, portrait=photo)
    if kind == "press release":
        index = factories.NewsIndexPageFactory(parent=home)
        return factories.NewsPageFactory(
            parent=index,
            title="Told",
            live=False,
            kind=NewsType.PRESS_RELEASE,
            listing_picture=photo,
        )
    image = {"image": photo.pk, "decorative": False, "alt_text": "A march"}
    body = [{"type": "figure", "value": {"picture": image, "caption": ""}}]
    return factories.StandardPageFactory(parent=home, title="Told", live=False, body=body)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("given", "expires", "live", "sentence"), DAYS)
def test_consent_counts_on_the_day_on_which_a_page_goes_live(
    home: HomePage, kind: str, given: int, expires: int, live: int | None, sentence: str
) -> None:
    today = timezone.localdate()
    days = {"given_on": today + given * DAY, "expires_on": today + expires * DAY}
    page = with_consent(kind, home, factories.consent(for_press=True, **days))
    page.go_live_at = timezone.now() + live * DAY if live else None
    errors = " ".join(words for _field, words in page.publishing_errors())
    assert (sentence in errors) if sentence else not errors
    assert bool(first_publishing_error(page)) is bool(sentence)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("live", "may"), [(8, True), (9, False)])
def test_job_and_dashboard_check_consent_on_the_day_of_going_live(
    home: HomePage, admin_client: Client, kind: str, live: int, may: bool
) -> None:
    record = factories.consent(for_press=True, expires_on=timezone.localdate() + 9 * DAY)
    page = with_consent(kind, home, record)
    page.go_live_at = timezone.now() + live * DAY
    page.save_revision().publish()
    assert ("Cannot go live" in admin_client.get("/admin/").content.decode()) is not may
    days = {"given_on": F("given_on") - live, "expires_on": F("expires_on") - live}
    ConsentRecord.objects.filter(pk=record.pk).update(**days)  # as if the page went live today
    run_due_schedules()
    assert Page.objects.get(pk=page.pk).live is may


@pytest.mark.parametrize("is_autosave", [True, False])
def test_translations_that_expire_at_another_time_are_named(
    page: StandardPage, home: HomePage, admin_user: User, rf: RequestFactory, is_autosave: bool
) -> None:
    home.copy_for_translation(spanish()).save_revision().publish()
    copy = page.copy_for_translation(spanish())
    copy.title = "El plan"
    copy.save_revision().publish()
    headers = {"Accept": "application/json" if is_autosave else "text/html"}

    def messages(expire_at: datetime | None) -> str:
        request = rf.post("/", {"expire_at": expire_at or ""}, headers=headers)
        request.user, request.session = admin_user, {}
        request._messages = SessionStorage(request)
        page.expire_at = expire_at
        after_edit_page(request, page)
        return " ".join(map(str, request._messages))

    soon = timezone.now() + DAY
    assert ("“El plan” (Spanish): does not expire" in messages(soon)) is not is_autosave
    assert messages(None) == ""
    StandardPage.objects.filter(pk=copy.pk).update(expire_at=soon)
    assert messages(soon) == ""
    assert ("“El plan” (Spanish): expires on" in messages(None)) is not is_autosave
