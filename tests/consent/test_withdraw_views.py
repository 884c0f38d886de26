"""CMS views to withdraw a story or picture and to search for quoted words."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Site

from consent import text_search
from mission.models import HomePage, StandardPage
from site_settings.models import SiteSettings
from stories.models import StoryIndexPage, StoryPage
from tests import factories


def test_withdraw_view_requires_title_and_erases_story(
    story_index: StoryIndexPage, home: HomePage, admin_client: Client
) -> None:
    story = factories.StoryPageFactory(parent=story_index, title="“My  mum’s story”", slug="mine")
    edit = admin_client.get(reverse("wagtailadmin_pages:edit", args=[story.pk]))
    url = reverse("consent_withdraw", args=["stories.storypage", story.pk])
    assert url in edit.content.decode()
    assert "http://testserver/stories/mine/" in admin_client.get(url).content.decode()

    response = admin_client.post(url, {"typed": "Another"})
    assert "The title does not match" in response.content.decode()
    assert StoryPage.objects.exists()

    response = admin_client.post(url, {"typed": "my mum's story"})
    assert "It has been erased." in response.content.decode()
    assert "35 days" in response.content.decode()
    assert not StoryPage.objects.exists()
    assert admin_client.get(url).status_code == 404


def test_picture_form_links_to_withdraw_view(admin_client: Client, db: None) -> None:
    photo = factories.picture()
    edit = admin_client.get(reverse("wagtailimages:edit", args=[photo.pk])).content.decode()
    url = reverse("consent_withdraw", args=["pictures.picture", photo.pk])
    assert url in edit
    assert "It has been erased." in admin_client.post(url, {"typed": "A picture"}).content.decode()


@pytest.mark.parametrize(("group", "may"), [("Editors", False), ("Story stewards", True)])
def test_withdrawal_requires_publish_and_delete_permission(
    story_index: StoryIndexPage, client: Client, group: str, may: bool
) -> None:
    story = factories.StoryPageFactory(parent=story_index)
    user = factories.UserFactory()
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    url = reverse("consent_withdraw", args=["stories.storypage", story.pk])
    edit = client.get(reverse("wagtailadmin_pages:edit", args=[story.pk]))
    assert edit.status_code == 200
    assert (url in edit.content.decode()) is may
    assert (client.get(url).status_code == 200) is may
    client.post(url, {"typed": story.title})
    assert StoryPage.objects.exists() is not may


def test_withdrawal_of_draft_requires_publish_permission(
    story_index: StoryIndexPage, client: Client
) -> None:
    draft = factories.StoryPageFactory(parent=story_index, live=False)
    editor = factories.UserFactory()
    editor.groups.add(Group.objects.get(name="Editors"))
    client.force_login(editor)
    assert draft.permissions_for_user(editor).can_delete()
    url = reverse("consent_withdraw", args=["stories.storypage", draft.pk])
    refused = client.post(url, {"typed": draft.title})
    assert (refused.status_code, refused.headers.get("Location")) == (302, "/admin/")
    assert StoryPage.objects.exists()


@pytest.mark.parametrize(("words", "found"), [("Ruby", ["About Ruby"]), ("Rub", [])])
def test_text_search_requires_four_letters(home: HomePage, words: str, found: list) -> None:
    factories.StandardPageFactory(parent=home, title="About Ruby")
    assert [match.content_object.title for match in text_search.find([words])] == found


def test_text_search_deletion_is_for_administrators(home: HomePage, client: Client) -> None:
    page = factories.StandardPageFactory(parent=home, title="About us")
    for summary in ("I'm still here", "Nothing"):
        page.summary = summary
        page.save_revision().publish()
    steward = factories.UserFactory()
    steward.groups.add(Group.objects.get(name="Story stewards"))
    client.force_login(steward)
    url = reverse("consent_text_search")
    assert "in older versions only" in client.post(url, {"phrases": "still here"}).content.decode()
    refused = client.post(url, {"phrases": "still here", "delete": "on"})
    assert (refused.status_code, refused.headers.get("Location")) == (302, "/admin/")
    assert page.revisions.count() == 2


def test_text_search_keeps_scheduled_revision(home: HomePage) -> None:
    page = factories.StandardPageFactory(parent=home, title="About us")
    soon = timezone.now() + timedelta(days=9)
    page.summary, page.go_live_at = "I'm still here", soon
    page.save_revision(approved_go_live_at=soon)
    page.summary, page.go_live_at = "Nothing", None
    page.save_revision()
    (match,) = text_search.find(["still here"])
    assert (match.is_current, match.older_revisions) == (True, [])
    text_search.delete_history([StandardPage.objects.get(pk=page.pk)])
    assert page.revisions.count() == 2


def test_text_search_covers_objects_without_revisions(home: HomePage) -> None:
    loaded = factories.StandardPageFactory(parent=home, summary="She said: I’m still here")
    photo = factories.picture("I'm still here")
    site = SiteSettings.for_site(Site.objects.get())
    site.tagline = "I'm still here"
    site.save()
    found = text_search.find(["I'm still here"])
    assert [match.content_object for match in found] == [loaded, site, photo]
    assert all(match.is_current and match.edit_url for match in found)


def test_text_search_finds_and_deletes_older_revisions(
    home: HomePage, admin_client: Client
) -> None:
    page = factories.StandardPageFactory(parent=home, title="About us")
    for text in ("<p>She said: I’m <b>still</b> here</p>", "<p>Nothing</p>"):
        page.body = [{"type": "text", "value": text}]
        page.save_revision().publish()
    url = reverse("consent_text_search")
    found = admin_client.post(url, {"phrases": "i'm still HERE"}).content.decode()
    assert "in older versions only" in found
    admin_client.post(url, {"phrases": "i'm still HERE", "delete": "on"})
    assert text_search.find(["i'm still here"]) == []
    assert page.revisions.count() == 1
    assert (
        "Nothing contains these words"
        in admin_client.post(url, {"phrases": "abcd"}).content.decode()
    )
