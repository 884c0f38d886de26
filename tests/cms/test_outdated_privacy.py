"""The dialog that makes a page or collection private does not undo what a colleague saved."""

import html
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from wagtail.models import Collection, CollectionViewRestriction, Page, PageViewRestriction

from tests import factories
from tests.forms import submitted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _accept_forms_without_stored_state() -> None:
    """Turns off the fixture in `tests/conftest.py`."""


@pytest.fixture(params=["page", "collection"])
def restricted(request: pytest.FixtureRequest, home: Page) -> Any:
    if request.param == "page":
        return factories.StandardPageFactory(parent=home)
    return Collection.get_first_root_node().add_child(name="Reports")


def url_of(restricted: Page | Collection) -> str:
    app = "wagtailadmin_pages" if isinstance(restricted, Page) else "wagtailadmin_collections"
    return reverse(f"{app}:set_privacy", args=[restricted.pk])


def restrict(restricted: Page | Collection, **values: str) -> None:
    if isinstance(restricted, Page):
        PageViewRestriction.objects.create(page=restricted, **values)
    else:
        CollectionViewRestriction.objects.create(collection=restricted, **values)


def restrictions(restricted: Page | Collection) -> list[tuple[str, str, list[str]]]:
    return [
        (found.restriction_type, found.password, [group.name for group in found.groups.all()])
        for found in type(restricted).objects.get(pk=restricted.pk).view_restrictions.all()
    ]


def opened(client: Client, url: str) -> dict[str, list[str]]:
    return submitted(client.get(url).json()["html"])


def send(client: Client, url: str, data: dict) -> dict:
    """What the dialog shows after Save: `html`, or `step` set_privacy_done."""
    return client.post(url, data).json()


def test_page_that_a_colleague_made_private_stays_private(
    admin_client: Client, restricted: Page | Collection
) -> None:
    url = url_of(restricted)
    data = opened(admin_client, url)
    assert data["restriction_type"] == ["none"]
    restrict(restricted, restriction_type="password", password="of-ana")
    shown = send(admin_client, url, data)
    text = html.unescape(shown["html"])
    assert "This was changed after you opened the form." in text
    assert "“Visibility” is now: " in text
    assert restrictions(restricted) == [("password", "of-ana", [])]
    again = submitted(shown["html"])
    assert (again["restriction_type"], again["password"]) == (["password"], ["of-ana"])
    assert send(admin_client, url, again)["step"] == "set_privacy_done"
    assert restrictions(restricted) == [("password", "of-ana", [])]
    # Whoever has read it may make the page public.
    assert send(admin_client, url, again | {"restriction_type": "none"})["is_public"]
    assert restrictions(restricted) == []


def test_entries_are_kept_when_a_colleague_made_the_page_public(
    admin_client: Client, restricted: Page | Collection
) -> None:
    url, writers = url_of(restricted), Group.objects.get(name="Writers")
    restrict(restricted, restriction_type="password", password="of-ana")
    data = opened(admin_client, url) | {"restriction_type": ["groups"], "groups": [str(writers.pk)]}
    type(restricted).objects.get(pk=restricted.pk).view_restrictions.all().delete()
    shown = send(admin_client, url, data)
    assert "You entered something else, which replaces it" in html.unescape(shown["html"])
    assert restrictions(restricted) == []
    again = submitted(shown["html"])
    assert again["groups"] == [str(writers.pk)]
    assert send(admin_client, url, again)["step"] == "set_privacy_done"
    assert [(kind, groups) for kind, _, groups in restrictions(restricted)] == [
        ("groups", ["Writers"])
    ]


def test_missing_password_is_refused_beside_its_field(
    admin_client: Client, restricted: Page | Collection
) -> None:
    url = url_of(restricted)
    data = opened(admin_client, url) | {"restriction_type": ["password"]}
    shown = send(admin_client, url, data)["html"]
    assert "This field is required" in shown
    before = shown.split("This field is required")[0]
    assert "hidden" not in before.split("data-w-rules-target")[-2][-60:]
    assert restrictions(restricted) == []
