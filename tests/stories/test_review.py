"""The approval workflow of stories: an editor reads the story, then a steward confirms it."""

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from wagtail.admin.mail import send_notification
from wagtail.models import Workflow

from consent.models import ConsentRecord
from mission.models import HomePage
from staff.models import User
from stories.models import StewardTask, StoryIndexPage, StoryPage
from tests import factories

CONFIRMATIONS = {"was_read": "on", "words_are_safe": "on", "files_are_safe": "on"}


def member(group: str) -> User:
    user = factories.UserFactory()
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def story_at_steward(story_index: StoryIndexPage) -> StoryPage:
    """A story that an editor has approved and that waits for a steward."""
    story = factories.StoryPageFactory(
        parent=story_index, live=False, slug="told", portrait=factories.picture("Maria in May")
    )
    editor = member("Editors")
    story.save_revision(user=editor)
    workflow = story.get_workflow()
    assert workflow.name == "Stories"
    workflow.start(story, editor)
    story.current_workflow_state.current_task_state.approve(user=editor)
    return StoryPage.objects.get()


def action(story: StoryPage, name: str = "approve") -> str:
    state = story.current_workflow_task_state
    return reverse("wagtailadmin_pages:workflow_action", args=[story.pk, name, state.pk])


def test_steward_confirmation_publishes_story(story_at_steward: StoryPage, client: Client) -> None:
    client.force_login(member("Story stewards"))
    shown = client.get(action(story_at_steward)).json()["html"]
    assert "/told/" in shown
    assert "Maria in May, described" in shown
    state = story_at_steward.current_workflow_task_state
    client.post(action(story_at_steward), CONFIRMATIONS | {"comment": "She smiled."})
    state.refresh_from_db()
    assert "has read this version" in state.comment
    assert "She smiled." in state.comment
    assert StoryPage.objects.get().live


@pytest.mark.parametrize("missing", CONFIRMATIONS)
def test_approval_requires_each_confirmation(
    story_at_steward: StoryPage, client: Client, missing: str
) -> None:
    client.force_login(member("Story stewards"))
    ticks = {name: value for name, value in CONFIRMATIONS.items() if name != missing}
    response = client.post(
        action(story_at_steward), ticks, headers={"x-requested-with": "XMLHttpRequest"}
    )
    assert "This field is required" in response.json()["html"]
    assert not StoryPage.objects.get().live


@pytest.mark.parametrize("missing", [[*CONFIRMATIONS], *([tick] for tick in CONFIRMATIONS)])
def test_task_requires_confirmations_even_without_its_form(
    story_at_steward: StoryPage, missing: list[str]
) -> None:
    state = story_at_steward.current_workflow_task_state
    ticks = {name: True for name in CONFIRMATIONS if name not in missing}
    with pytest.raises(PermissionDenied, match="has not confirmed everything"):
        state.task.specific.on_action(state, member("Story stewards"), "approve", **ticks)
    assert not StoryPage.objects.get().live


def test_editor_cannot_approve_as_steward(story_at_steward: StoryPage, client: Client) -> None:
    client.force_login(member("Editors"))
    assert client.get(f"/admin/pages/{story_at_steward.pk}/edit/").status_code == 200
    client.post(action(story_at_steward), CONFIRMATIONS)
    assert not StoryPage.objects.get().live
    assert story_at_steward.current_workflow_task_state.status == "in_progress"


def test_approval_without_consent_shows_error(story_at_steward: StoryPage, client: Client) -> None:
    ConsentRecord.objects.filter(pk=story_at_steward.consent_id).update(shown="")
    client.force_login(member("Story stewards"))
    response = client.post(
        action(story_at_steward), CONFIRMATIONS, headers={"x-requested-with": "XMLHttpRequest"}
    )
    assert "Consent is not complete: Say who is shown" in response.json()["html"]
    assert not StoryPage.objects.get().live


def test_steward_can_request_changes(story_at_steward: StoryPage, client: Client) -> None:
    client.force_login(member("Story stewards"))
    client.post(action(story_at_steward, "reject"), {"comment": "Her street is named."})
    assert story_at_steward.current_workflow_state.status == "needs_changes"


def test_workflow_mails_do_not_quote_story(story_index: StoryIndexPage, home: HomePage) -> None:
    editor, steward = member("Editors"), member("Story stewards")
    User.objects.filter(pk=editor.pk).update(email="editor@example.org")
    editor.refresh_from_db()
    story = factories.StoryPageFactory(parent=story_index, live=False, title="Maria Lopez")
    plain = factories.StandardPageFactory(parent=home, live=False, title="About us")
    for page, name in ((story, "Stories"), (plain, "Editors' approval")):
        page.save_revision(user=editor)
        Workflow.objects.get(name=name).start(page, editor)
        state = page.current_workflow_state.current_task_state
        state.reject(user=steward, comment=f"{page.title} is too near")
    send_notification([editor], "updated_comments", {"page": story, "editor": steward})
    texts = [f"{message.subject} {message.body}" for message in mail.outbox]
    of_the_story = [text for text in texts if f"/admin/pages/{story.pk}/edit/" in text]
    assert len(of_the_story) >= 2
    assert not any("Maria" in text for text in texts)
    assert any("Comment: “About us is too near”" in text for text in texts)
    assert any("requests changes to “About us”." in text for text in texts)
    assert not any("rejected" in text for text in texts)
    assert not any("About us" in message.subject for message in mail.outbox)


def test_story_workflow_is_created_once_and_kept(db: None) -> None:
    StewardTask.objects.update(name="Ours")
    call_command("migrate", verbosity=0)
    assert list(StewardTask.objects.values_list("name", flat=True)) == ["Ours"]
    assert Workflow.objects.filter(name="Stories").count() == 1


def test_administrator_publishes_story_directly(
    story_index: StoryIndexPage, admin_user: User
) -> None:
    story = factories.StoryPageFactory(parent=story_index, live=False)
    story.save_revision(user=admin_user).publish(user=admin_user)
    assert StoryPage.objects.get().live


def test_new_story_index_gets_workflow_and_stewards(home: HomePage) -> None:
    index = factories.StoryIndexPageFactory(parent=home, slug="more-stories")
    assert index.get_workflow().name == "Stories"
    permissions = index.permissions_for_user(member("Story stewards"))
    assert permissions.can_edit()
    assert permissions.can_publish_approved()
    assert not permissions.can_publish_subpage()
