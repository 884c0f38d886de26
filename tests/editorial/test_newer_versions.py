"""An editor that is older than the latest version does not replace it unasked."""

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.models import Page, Revision
from wagtail.test.utils.form_data import nested_form_data, streamfield

from mission.models import HomePage, StandardPage
from tests import factories
from tests.editorial.test_lost_answers import OWN, edit_url, loaded_with

IN_A_YEAR = (timezone.now() + timezone.timedelta(days=365)).strftime("%Y-%m-%dT%H:%M")
BUTTONS = {
    "save draft": {},
    "publish": {"action-publish": "action-publish"},
    "schedule": {"action-publish": "action-publish", "go_live_at": IN_A_YEAR},
    "submit": {"action-submit": "action-submit"},
    "approve": {"action-workflow-action": "true", "workflow-action-name": "approve"},
}


@pytest.fixture
def page(home: HomePage) -> StandardPage:
    page = factories.StandardPageFactory(parent=home, summary="Older", live=False)
    page.save_revision(user=factories.UserFactory(username="ana", is_superuser=True))
    return page


def save_newer(page: StandardPage, revision: Revision | None = None) -> Revision:
    newer = page.get_latest_revision_as_object()
    newer.summary = "Newer"
    user = page.get_latest_revision().user
    return newer.save_revision(user=user, overwrite_revision=revision, clean=False)


def send(client: Client, page: Page, accept: str = "text/html", **values: str) -> str:
    data = {
        "title": page.title,
        "slug": page.slug,
        "summary": "Typed here",
        "body": streamfield([]),
        "corrections": streamfield([]),
        "comments": {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0},
        "form_id": OWN,
    }
    sent = nested_form_data(data) | values
    response = client.post(edit_url(page.pk), sent, headers={"Accept": accept}, follow=True)
    return response.content.decode()


def latest(page: StandardPage) -> str:
    return StandardPage.objects.get(pk=page.pk).get_latest_revision_as_object().summary


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("button", BUTTONS)
def test_older_window_does_not_replace_newer_version(
    admin_client: Client, page: StandardPage, button: str, *, in_place: bool
) -> None:
    opened = page.get_latest_revision()
    loaded = loaded_with(opened)
    newer = save_newer(page, opened if in_place else None)
    html = send(admin_client, page, **loaded, **BUTTONS[button])
    assert latest(page) == "Newer"
    assert not StandardPage.objects.get(pk=page.pk).live
    assert "Typed here" in html
    assert "has been" not in html
    assert "ana saved a newer version." in html

    # What the answer contains: the form was opened with the newer version.
    told = loaded_with(newer) | {"newer_version": newer.created_at.isoformat()}
    for name, value in told.items():
        assert f'name="{name}" value="{value}"' in html, name
    assert "Saving will overwrite a newer version." in send(
        admin_client, page, accept="application/json", **told
    )
    assert latest(page) == "Newer"
    send(admin_client, page, **told, **BUTTONS[button] | {"action-workflow-action": ""})
    assert latest(page) == "Typed here"
    kept = {revision.as_object().summary for revision in page.revisions.all()}
    assert "Newer" in kept


@pytest.mark.parametrize(("is_told", "expected"), [(True, "Typed here"), (False, "Newest")])
def test_confirmation_is_for_the_version_that_was_shown(
    admin_client: Client, page: StandardPage, expected: str, *, is_told: bool
) -> None:
    loaded = loaded_with(page.get_latest_revision())
    newer = save_newer(page)
    if not is_told:
        page.summary = "Newest"
        page.save_revision()
    send(admin_client, page, **loaded, newer_version=newer.created_at.isoformat())
    assert latest(page) == expected


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_window_opened_before_the_first_version_does_not_replace_it(
    admin_client: Client, home: HomePage, accept: str
) -> None:
    page = factories.StandardPageFactory(parent=home)
    assert page.get_latest_revision() is None
    page.summary = "Newer"
    page.save_revision()
    send(admin_client, page, accept=accept)
    assert latest(page) == "Newer"


def test_same_user_is_told_of_another_window(
    admin_client: Client, admin_user: object, page: StandardPage
) -> None:
    loaded = loaded_with(page.get_latest_revision())
    page.save_revision(user=admin_user)
    html = send(admin_client, page, **loaded)
    assert "you saved a newer version in another window." in html
