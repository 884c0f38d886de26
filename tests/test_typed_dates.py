"""Any day of the calendar that staff can type is saved or refused, and nothing fails later."""

import pytest
from django.test import Client
from django.urls import reverse

from mission.models import HomePage
from tests import factories

pytestmark = pytest.mark.django_db
DAYS = ["0001-01-01", "0999-12-31", "9999-12-31"]
LISTS = ["/admin/", "/admin/pages/", "/admin/reports/site-history/", "/admin/reports/aging-pages/"]


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
    data = {"title": "Typed", "slug": "plan", "body-count": 0, "corrections-count": 0}
    data |= {"comments-TOTAL_FORMS": 0, "comments-INITIAL_FORMS": 0, name: value, button: "on"}
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
def test_end_of_alert_is_refused(admin_client: Client, home: HomePage, day: str) -> None:
    url = f"/admin/settings/site_settings/sitesettings/{home.get_site().pk}/"
    values = {"alert_text": "Go slow.", "alert_until": f"{day} 23:59", "other_languages-count": 0}
    values |= {"footer_pages-count": 0}
    assert not saved_or_refused(admin_client, url, values, "alert_until")
