"""Users see only the controls that they may use."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import Page

from issues.models import IssuePage
from mission.models import HomePage
from tests import every_page, factories
from tests.test_roles import ROLES, client_for

SCRIPT = {"Sec-Fetch-Dest": "empty"}  # browsers send this with requests of scripts


@pytest.fixture
def issue(home: HomePage) -> IssuePage:
    return factories.IssuePageFactory(parent=every_page.make_issue_index(home), slug="first")


# The bulk actions that each role sees: in the page explorer, and in the list of stories.
BULK = {
    "Writers": (set(), set()),
    "Editors": ({"publish", "unpublish"}, set()),
    "Story stewards": ({"unpublish"}, {"unpublish"}),  # see only stories
    "Campaigners": ({"publish", "unpublish"}, set()),
    "Administrators": ({"publish", "unpublish"}, {"publish", "unpublish"}),
}


@pytest.mark.parametrize("role", BULK)
def test_list_offers_only_bulk_actions_that_role_may_do(
    home: HomePage, admin_client: Client, role: str
) -> None:
    factories.StoryPageFactory(parent=every_page.make_story_index(home))
    client = admin_client if role == "Administrators" else client_for(role)
    for path, expected in zip(("/admin/pages/", "/admin/all-stories/"), BULK[role], strict=True):
        html = client.get(path, follow=True).content.decode()
        found = {
            name
            for name in ("publish", "unpublish")
            if reverse("wagtail_bulk_action", args=["wagtailcore", "page", name]) in html
        }
        assert found == expected, path


@pytest.mark.parametrize("role", ROLES)
def test_only_editors_see_drag_handles_and_move_issues(issue: IssuePage, role: str) -> None:
    client, index = client_for(role), issue.get_parent()
    factories.IssuePageFactory(parent=index, slug="second")
    html = client.get(f"/admin/pages/{index.pk}/?ordering=ord", follow=True).content.decode()
    assert ("w-orderable" in html) is (role == "Editors")
    move = reverse("wagtailadmin_pages:set_page_position", args=[issue.pk])
    response = client.post(f"{move}?position=1", headers=SCRIPT)
    assert response.status_code == (200 if role == "Editors" else 403)
    last = Page.objects.child_of(index).order_by("path").last()
    assert (last.slug == "first") is (role == "Editors")
    if role != "Editors":
        assert b"do not have permission" in response.content
        assert b"do not have permission" not in client.get("/admin/").content
        assert client.post(move).status_code == 302  # a request of a form


@pytest.mark.parametrize("role", [*ROLES, "Administrators"])
def test_choosers_link_only_to_forms_that_role_may_open(
    home: HomePage, admin_client: Client, role: str
) -> None:
    client = admin_client if role == "Administrators" else client_for(role)
    body = [("figure", {"picture": factories.picture(), "caption": "A"})]
    pages = [
        factories.StandardPageFactory(parent=home, body=body),
        factories.StoryPageFactory(
            parent=every_page.make_story_index(home), portrait=factories.picture("B")
        ),
    ]
    for page in pages:
        edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
        html = client.get(edit).content.decode().replace("&quot;", '"')
        links = set(re.findall(r'"(/admin/(?:images|documents|pages)/\d+/(?:edit/)?)"', html))
        refused = {link for link in links if client.get(link).status_code == 302}
        assert not refused, page
        if role == "Administrators":
            assert reverse("wagtailimages:edit", args=[1])[:14] in " ".join(links)
