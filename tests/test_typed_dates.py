"""What staff type into a date field of the CMS is saved or refused, and nothing fails later."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail import blocks
from wagtail.admin.forms.models import formfield_for_dbfield
from wagtail.admin.panels import get_edit_handler
from wagtail.fields import StreamField

from editorial.registry import page_types
from mission.models import HomePage, StandardPage
from site_settings.dates.fields import DateBlock, DateField, DateTimeField
from site_settings.models import SiteSettings
from tests import factories

pytestmark = pytest.mark.django_db
DAYS = ["0001-01-01", "0999-12-31", "9999-12-31"]
LISTS = ["/admin/", "/admin/pages/", "/admin/reports/site-history/", "/admin/reports/aging-pages/"]


# What is typed, and what is stored: None if the text is refused. Other texts are in
# tests/site_settings/test_reading_dates.py.
TYPED_DAYS = [("June 30, 2027", date(2027, 6, 30)), ("May 2", None)]
MORNING = datetime(2037, 6, 30, 9, tzinfo=ZoneInfo("America/New_York"))
TYPED_TIMES = [("06/30/2037 9:00 am", MORNING), ("tonight", None), ("06/30/2017 9:00 am", None)]


def page_data(**values: object) -> dict:
    data = {"title": "Typed", "slug": "plan", "body-count": 0, "corrections-count": 0}
    return data | {"comments-TOTAL_FORMS": 0, "comments-INITIAL_FORMS": 0} | values


def date_blocks(block: blocks.Block) -> Iterator[blocks.Block]:
    if isinstance(block, (blocks.DateBlock, blocks.DateTimeBlock, blocks.TimeBlock)):
        yield block
    yield from (
        one for child in getattr(block, "child_blocks", {}).values() for one in date_blocks(child)
    )
    if isinstance(block, blocks.ListBlock):
        yield from date_blocks(block.child_block)


def test_every_date_field_keeps_what_is_typed() -> None:
    """Wagtail's date picker replaces text that it cannot read with the current day."""
    count = 0
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.DateField) and field.editable:
                kind = DateTimeField if isinstance(field, models.DateTimeField) else DateField
                assert isinstance(formfield_for_dbfield(field), kind), field
                count += 1
            if isinstance(field, StreamField) and model.__module__.partition(".")[0] != "wagtail":
                for block in date_blocks(field.stream_block):
                    assert isinstance(block, DateBlock), f"{field}: use our DateBlock"
                    count += 1
    assert count >= 20
    for model in page_types():
        form = get_edit_handler(model).get_form_class()()
        for name in ("go_live_at", "expire_at"):
            assert isinstance(form.fields[name], DateTimeField)
            html = str(form[name])
            assert 'data-controller="date-text"' in html
            assert "initDate" not in html
            assert "reset" not in html  # closing the dialog must not reset the text


@pytest.mark.parametrize("path", ["/admin/reports/site-history/", "/admin/reports/aging-pages/"])
def test_filters_by_date_have_no_date_picker_of_wagtail(admin_client: Client, path: str) -> None:
    html = admin_client.get(path).content.decode()
    assert 'data-controller="date-text"' in html
    assert "initDate" not in html


@pytest.mark.parametrize(("text", "stored"), TYPED_DAYS)
def test_day_is_stored_as_typed_or_refused(
    admin_client: Client, home: HomePage, text: str, stored: date | None
) -> None:
    page = factories.StandardPageFactory(parent=home, slug="plan")
    names = ("last_reviewed", "next_review", "corrections-0-value-date")
    data = page_data(**dict.fromkeys(names, text)) | {
        **{"corrections-count": 1, "corrections-0-type": "correction"},
        **{"corrections-0-order": 0, "corrections-0-deleted": ""},
        **{"corrections-0-value-text": "The year.", "action-publish": "on"},
    }
    response = admin_client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), data)
    page.refresh_from_db()
    if stored:
        assert response.status_code == 302, response.context["form"].errors
        assert page.last_reviewed == page.next_review == page.corrections[0].value["date"] == stored
    else:
        assert page.last_reviewed is None
        errors = response.context["form"].errors
        assert all(f"“{text}”" in str(errors[name]) for name in names[:2])
        assert "corrections" in errors
        assert f'value="{text}"' in response.content.decode()


@pytest.mark.parametrize(("text", "stored"), TYPED_TIMES)
@pytest.mark.parametrize("name", ["go_live_at", "expire_at", "alert_until"])
def test_time_is_stored_as_typed_or_refused(
    admin_client: Client, home: HomePage, name: str, text: str, stored: datetime | None
) -> None:
    """A time is in the zone of the site. A page whose date is refused is not published."""
    page = factories.StandardPageFactory(parent=home, slug="plan", live=False)
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    data = page_data(**{name: text, "action-publish": "on"})
    if name == "alert_until":
        url = f"/admin/settings/site_settings/sitesettings/{home.get_site().pk}/"
        data = {"alert_text": "Go slow.", name: text, "quick_exit": "nowhere"}
        data |= {"quick_exit_url": "https://example.org", "other_languages-count": 0}
        data |= {"footer_pages-count": 0}
    response = admin_client.post(url, data)
    page.refresh_from_db()
    assert (response.status_code == 302) == bool(stored)
    if not stored:
        assert text in str(response.content.decode())
        assert response.context["form"].errors[name]
        assert not page.live
        assert not page.get_latest_revision()
    elif name == "alert_until":
        assert SiteSettings.objects.get().alert_until == stored
    else:
        assert getattr(page.get_latest_revision_as_object(), name) == stored
        assert page.live == (name == "expire_at")


def test_past_time_of_going_live_is_accepted_if_unchanged(
    admin_client: Client, home: HomePage
) -> None:
    """A page keeps `go_live_at` after it went live. The form shows that time without seconds."""
    past = timezone.now() - timedelta(days=1)
    page = factories.StandardPageFactory(parent=home, slug="plan", go_live_at=past)
    typed = f"{timezone.localtime(past):%Y-%m-%d %H:%M}"
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    response = admin_client.post(url, page_data(go_live_at=typed, **{"action-publish": "on"}))
    assert response.status_code == 302
    assert StandardPage.objects.get(pk=page.pk).title == "Typed"


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("date", "June 30, 2027", {"words": "Wednesday, June 30, 2027", "value": "2027-06-30"}),
        ("filter", "06/30/2027", {"words": "Wednesday, June 30, 2027", "value": "2027-06-30"}),
        (
            "datetime",
            "06/30/2027 9 pm",
            {
                "words": "Wednesday, June 30, 2027, 9 p.m., in the time zone America/New_York",
                "value": "2027-06-30 21:00",
            },
        ),
    ],
)
def test_read_date_answers_with_weekday_and_time_zone(
    admin_client: Client, kind: str, text: str, expected: dict
) -> None:
    url = reverse("read_date")
    assert admin_client.get(url, {"kind": kind, "text": text}).json() == expected
    assert "“tonight”" in admin_client.get(url, {"kind": "date", "text": "tonight"}).json()["error"]
    assert admin_client.get(url, {"kind": "hour"}).status_code == 404
    for text, reason in (
        ("0001-01-01T00:00+14:00", "not a date and time"),
        ("9999-12-31T23:59-14:00", "not a date and time"),
        ("11/01/2026 1:30 am", "clocks are set"),
        ("03/14/2027 2:30 am", "clocks are set"),
        ("Wednesday 12/01/2026 9 AM", "that day is a Tuesday"),
    ):
        assert reason in admin_client.get(url, {"kind": "datetime", "text": text}).json()["error"]


def test_page_may_not_expire_when_it_goes_live(admin_client: Client, home: HomePage) -> None:
    page = factories.StandardPageFactory(parent=home, slug="plan", live=False)
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    data = page_data(go_live_at="06/30/2037 9 am", expire_at="2037-06-30 09:00")
    assert "later time" in str(admin_client.post(url, data).context["form"].errors["expire_at"])


def saved_or_refused(cms: Client, url: str, values: dict, name: str) -> bool:
    response = cms.post(url, values)
    if response.status_code == 302:
        return True
    assert response.status_code == 200
    assert response.context["form"].errors.get(name), response.context["form"].errors
    return False


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("button", ["action-save", "action-publish"])
@pytest.mark.parametrize("name", ["go_live_at", "expire_at", "last_reviewed", "next_review"])
def test_any_date_of_a_page_is_saved_or_refused(
    admin_client: Client, home: HomePage, name: str, button: str, day: str
) -> None:
    page = factories.StandardPageFactory(parent=home, slug="plan")
    value = f"{day} 23:59" if name.endswith("_at") else day
    data = page_data(**{name: value, button: "on"})
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    saved = saved_or_refused(admin_client, url, data, name)
    assert saved == (not name.endswith("_at"))
    for path in (url, page.url, "/en/sitemap.xml", *LISTS):
        assert admin_client.get(path).status_code < 500, path


@pytest.mark.parametrize("day", DAYS)
def test_any_last_day_of_an_action_can_be_shown(
    admin_client: Client, home: HomePage, day: str
) -> None:
    page = factories.ActionPageFactory(parent=home, closes_on=day)
    for path in (page.url, reverse("wagtailadmin_pages:edit", args=[page.pk]), *LISTS):
        assert admin_client.get(path).status_code < 500, path


@pytest.mark.parametrize("day", DAYS)
def test_extreme_end_of_alert_is_refused(admin_client: Client, home: HomePage, day: str) -> None:
    url = f"/admin/settings/site_settings/sitesettings/{home.get_site().pk}/"
    values = {"alert_text": "Go slow.", "alert_until": f"{day} 23:59", "other_languages-count": 0}
    values |= {"footer_pages-count": 0}
    assert not saved_or_refused(admin_client, url, values, "alert_until")
