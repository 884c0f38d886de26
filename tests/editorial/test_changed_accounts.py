"""Somebody loses the role, or another account signs in, while a page is being edited."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from wagtail.models import Page

from mission.models import HomePage, StandardPage
from staff.models import User
from tests import factories
from tests.forms import submitted
from tests.test_roles import client_for

AUTOSAVE = {"accept": "application/json", "sec-fetch-dest": "empty"}
BROWSER = {"accept": "text/html,*/*", "sec-fetch-dest": "document"}
TYPED = "An hour of work."


def lose_every_role(user: User) -> None:
    user.groups.clear()


def get_a_smaller_role(user: User) -> None:
    user.groups.set(Group.objects.filter(name="Story stewards"))


def get_a_new_password(user: User) -> None:
    User.objects.filter(pk=user.pk).update(must_change_password=True)


def urls(home: HomePage) -> dict[str, str]:
    page = factories.StandardPageFactory(parent=home)
    return {
        "edit": reverse("wagtailadmin_pages:edit", args=[page.pk]),
        "add": reverse("wagtailadmin_pages:add", args=["mission", "standardpage", home.pk]),
    }


def filled(client: Client, url: str) -> dict[str, list[str]]:
    """What the form at `url` sends after somebody has typed."""
    fields = submitted(client.get(url))
    fields |= {"body-count": ["0"], "corrections-count": ["0"]}
    return fields | {"title": ["Typed"], "slug": ["typed"], "summary": [TYPED]}


def summaries() -> list[str]:
    return [page.get_latest_revision_as_object().summary for page in StandardPage.objects.all()]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lose_every_role, "You may no longer edit this page"),
        (get_a_smaller_role, "You may no longer edit this page"),
        (get_a_new_password, "Your account was changed."),
    ],
)
def test_lost_role_is_said_and_nothing_is_lost(
    home: HomePage, change: Callable, sentence: str
) -> None:
    client = client_for("Editors")
    user = User.objects.get(pk=client.session["_auth_user_id"])
    forms = [(url, filled(client, url)) for url in urls(home).values()]
    change(user)
    for url, data in forms:
        answer = client.post(url, data, headers=AUTOSAVE)
        assert answer.json()["error_code"] == "locked"  # the editor tries again
        assert answer.json()["error_message"].startswith(sentence)
        if change is get_a_new_password:
            continue
        page = client.post(url, data, headers=BROWSER)
        assert page.status_code == 403
        html = page.content.decode()
        assert "You may no longer edit this, perhaps because your role was changed." in html
        assert f'name="summary" value="{TYPED}"' in html
    assert TYPED not in summaries()


def test_form_of_another_account_is_refused_in_words(home: HomePage) -> None:
    edith = User.objects.create_user("edith", first_name="Edith")
    wanda = User.objects.create_user("wanda", first_name="Wanda")
    for user in (edith, wanda):
        user.groups.set(Group.objects.filter(name="Editors"))
    client = Client()
    client.force_login(edith)
    forms = [(url, filled(client, url)) for url in urls(home).values()]
    count = Page.objects.count()
    client.force_login(wanda)
    words = "Edith opened this page, but this browser is now signed in as Wanda."
    for url, data in forms:
        answer = client.post(url, data, headers=AUTOSAVE)
        assert answer.json()["error_code"] == "locked"  # the editor tries again
        assert answer.json()["error_message"].startswith(words)
        for _time in range(2):
            response = client.post(url, data | {"action-publish": "yes"}, headers=BROWSER)
            assert response.status_code == 200
            assert words in response.content.decode()
            data |= {"opened_by": submitted(response)["opened_by"]}
    assert (TYPED in summaries(), Page.objects.count()) == (False, count)
    client.force_login(edith)
    for url, data in forms:
        assert client.post(url, data, headers=AUTOSAVE).json()["success"]
    assert summaries() == [TYPED, TYPED]
