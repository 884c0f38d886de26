"""The page after a withdrawal lists the pages that somebody must still edit."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.contrib.redirects.models import Redirect

from consent import withdrawal
from mission.models import HomePage, StandardPage
from pictures.models import Picture
from staff.models import User
from stories.models import StoryPage
from tests import factories
from tests.consent.screens import rows, steward
from tests.consent.test_withdraw_views import press_erase

BEFORE = "These are kept, but show it or link to it"
AFTER = "Please edit these now. They showed it or linked to it."


def publish(page: StandardPage, photo: Picture | None) -> None:
    page.lead_picture = photo
    page.save_revision().publish()


def show_now_and_earlier(page: StandardPage, photo: Picture) -> None:
    publish(page, None)
    for _version in range(2):
        publish(page, photo)


def show_in_a_draft_and_earlier(page: StandardPage, photo: Picture) -> None:
    show_earlier(page, photo)
    page.lead_picture = photo
    page.save_revision()


def show_earlier(page: StandardPage, photo: Picture) -> None:
    publish(page, photo)
    publish(page, None)


def administrator() -> User:
    return factories.UserFactory(is_superuser=True)


@pytest.mark.parametrize(
    ("show", "user", "before", "after"),
    [
        (
            show_now_and_earlier,
            administrator,
            "About us: Lead picture, 1 older version",
            "About us: Lead picture",
        ),
        (
            show_in_a_draft_and_earlier,
            administrator,
            "About us: Lead picture, in a draft, 1 older version",
            "About us: Lead picture, in a draft",
        ),
        (show_earlier, administrator, "About us: 1 older version", ""),
        # If the user may not publish the page, the withdrawal deletes none of its versions.
        (show_earlier, steward, "About us: 1 older version", "About us: 1 older version"),
    ],
)
def test_result_omits_older_versions_that_were_deleted(
    home: HomePage, client: Client, show: Callable, user: Callable, before: str, after: str
) -> None:
    photo = factories.picture("The face")
    show(factories.StandardPageFactory(parent=home, title="About us"), photo)
    client.force_login(user())
    url = reverse("consent_withdraw", args=["pictures.picture", photo.pk])
    screen = client.get(url).content.decode()
    assert rows(screen, BEFORE) == before
    assert ("Their older versions are deleted." in screen) is (user is administrator)
    html = press_erase(client, url, "The face").content.decode()
    assert "It has been erased." in html
    assert rows(html, AFTER) == after


def test_redirects_are_listed_before_and_after(story: StoryPage, admin_client: Client) -> None:
    Redirect.objects.create(old_path="/short", redirect_page=story)
    url = reverse("consent_withdraw", args=["stories.storypage", story.pk])
    before, after = "These redirects will be erased too", "Redirects erased with it"
    html = admin_client.get(url).content.decode()
    assert rows(html, before) == "/short"
    plan = withdrawal.make_plan([story.consent])
    Redirect.objects.create(old_path="/shorter", redirect_link="/short/")
    html = press_erase(admin_client, url, story.title, seen=plan.digest).content.decode()
    assert "Something was added or removed since you opened this page." in html
    assert rows(html, before) == "/short /shorter"
    html = press_erase(admin_client, url, story.title).content.decode()
    assert rows(html, after) == "/short /shorter"
