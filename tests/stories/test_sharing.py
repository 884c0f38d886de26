"""The person in a story can read its draft at a private URL."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consent.models import ConsentRecord
from stories.models import StoryIndexPage, StoryPage
from stories.sharing import SharedDraft
from tests import factories


@pytest.fixture
def story(story_index: StoryIndexPage) -> StoryPage:
    """A draft with a portrait, without consent yet."""
    portrait = factories.picture("Portrait", size=(60, 40))
    portrait.consent.shown = "recognisable"
    portrait.consent.save()
    story = factories.StoryPageFactory(
        parent=story_index,
        title="Told",
        live=False,
        portrait=portrait,
        consent=ConsentRecord.objects.create(),
    )
    story.pull_quote = "Only in the draft"
    story.save_revision()
    return story


@pytest.fixture
def address(story: StoryPage, admin_client: Client) -> str:
    """The URL that the CMS shows after sharing the draft."""
    edit = admin_client.get(reverse("wagtailadmin_pages:edit", args=[story.pk])).content.decode()
    share = reverse("stories_share_draft", args=[story.pk])
    assert share in edit
    html = admin_client.post(share, {"share": "on"}, follow=True).content.decode()
    found = re.search(r'value="http://localhost(/-/draft/[^"]+/)"', html)
    assert found
    return found[1]


def test_shared_draft_is_newest_and_needs_no_login(address: str, story: StoryPage) -> None:
    story.pull_quote = "Newer words"
    story.save_revision()
    response = Client().get(address)
    html = response.content.decode()
    assert "Newer words" in html
    assert "This is a draft for you to read." in html
    assert "Portrait, described" in html
    assert response["Cache-Control"] == "private, no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response["X-Robots-Tag"]
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert "userbar" not in html


def dead(address: str) -> bool:
    """Whether the link no longer works. Asserts that the response is the draft or the 404 page."""
    response = Client().get(address)
    assert response["Cache-Control"] == "private, no-store"
    html = response.content.decode()
    if response.status_code == 200:
        assert "Only in the draft" in html
        return False
    assert response.status_code == 404
    assert "no longer works" in html
    assert "Only in the draft" not in html
    return True


def test_shared_draft_expires_after_two_weeks(address: str) -> None:
    SharedDraft.objects.update(shared_at=timezone.now() - timedelta(days=13))
    assert not dead(address)
    SharedDraft.objects.update(shared_at=timezone.now() - timedelta(days=14))
    assert dead(address)


@pytest.mark.parametrize("button", ["share", "stop"])
def test_shared_draft_ends_when_revoked_or_renewed(
    address: str, story: StoryPage, admin_client: Client, button: str
) -> None:
    assert not dead(address)
    admin_client.post(reverse("stories_share_draft", args=[story.pk]), {button: "on"})
    assert dead(address)


def test_shared_draft_ends_with_story(address: str, story: StoryPage) -> None:
    from consent import withdrawal

    plan = withdrawal.make_plan([story.consent])
    assert plan.uses == []
    assert not dead(address)
    withdrawal.withdraw(plan)
    assert dead(address)


def test_shared_draft_rejects_forged_url(address: str) -> None:
    key = SharedDraft.objects.get().key.hex
    assert not dead(address)
    for token in (key, f"{key}.forged", "x", f"{'0' * 32}.{address.rpartition('.')[2]}"):
        assert dead(f"/-/draft/{token.strip('/')}/")


@pytest.mark.parametrize("role", ["Writers", "Editors", "Campaigners", "Story stewards"])
def test_only_stewards_and_administrators_share_drafts(
    story: StoryPage, client: Client, role: str
) -> None:
    user = factories.UserFactory()
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    edit = client.get(reverse("wagtailadmin_pages:edit", args=[story.pk]))
    assert edit.status_code == 200
    url = reverse("stories_share_draft", args=[story.pk])
    may_share = role == "Story stewards"
    assert (url in edit.content.decode()) is may_share
    for response in (client.get(url), client.post(url, {"share": "on"})):
        assert (response.headers.get("Location") == "/admin/") is not may_share
    assert SharedDraft.objects.exists() is may_share
