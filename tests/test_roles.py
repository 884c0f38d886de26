"""Permissions of each role in the CMS, and approval workflows."""

import email
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate
from wagtail.models import (
    GroupApprovalTask,
    GroupPagePermission,
    Page,
    PagePermissionTester,
    Workflow,
)

from editorial.registry import page_types
from staff import roles
from staff.models import User
from stories.models import StoryIndexPage, StoryPage
from tests import every_page, factories
from tests.contents import SOURCES
from tests.databases import Content

if TYPE_CHECKING:
    from email.message import Message

ROLES = ("Writers", "Editors", "Story stewards", "Campaigners")


def user_with_role(role: str) -> User:
    name = role.lower().replace(" ", "-")
    user = factories.UserFactory(username=name, email=f"{name}@example.org")
    user.groups.add(Group.objects.get(name=role))
    return user


# Slugs of the drafts that make_pages() makes.
DRAFTS = {
    "issue": "issue",
    "about": "about",
    "story": "story",
    "story list": "more-stories",
    "action": "action",
    "news": "news-item",
}


def make_pages() -> None:
    home = every_page.make_home()
    issue_index, story_index = every_page.make_issue_index(home), every_page.make_story_index(home)
    news_index = every_page.make_news_index(home)
    for page in (
        factories.IssuePageFactory(parent=issue_index, live=False, slug="issue"),
        factories.StandardPageFactory(parent=home, live=False, slug="about"),
        factories.StoryPageFactory(parent=story_index, live=False, slug="story"),
        factories.StoryIndexPageFactory(parent=home, live=False, slug="more-stories"),
        factories.ActionPageFactory(parent=home, live=False, slug="action"),
        factories.NewsPageFactory(parent=news_index, live=False, slug="news-item"),
    ):
        page.save_revision()


CONTENTS = {"pages": Content("drafts", make_pages, ("tests/test_roles.py", *SOURCES))}


@pytest.fixture
def pages(db: None) -> dict[str, Page]:
    """Drafts of an issue, a page and each type that has its own permission to publish."""
    return {kind: Page.objects.get(slug=slug).specific for kind, slug in DRAFTS.items()}


def client_for(role: str) -> Client:
    client = Client()
    client.force_login(user_with_role(role))
    return client


def test_drafts_include_every_type_with_its_own_permission(pages: dict[str, Page]) -> None:
    guarded = {model for model in page_types() if model.publish_permission}
    missing = {model.__name__ for model in guarded - {type(page) for page in pages.values()}}
    assert not missing, (
        f"tests/test_roles.py does not test who may publish {missing}. Add a draft to `make_pages` "
        "and DRAFTS, and its name to PUBLISHES for each role that may publish it."
    )


PUBLISHES = {
    "Writers": set(),
    "Editors": {"issue", "about", "action", "news"},
    "Story stewards": {"story", "story list"},
    "Campaigners": {"action"},
}
BY_WORKFLOW = {"story"}  # these pages are published by their workflow, not at once


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", DRAFTS)
def test_role_can_publish_only_its_page_types(pages: dict[str, Page], role: str, kind: str) -> None:
    page, client = pages[kind], client_for(role)
    bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    client.post(f"{bulk}?id={page.pk}&next=/admin/")
    assert Page.objects.get(pk=page.pk).live is (kind in PUBLISHES[role] - BY_WORKFLOW)


@pytest.mark.parametrize("role", ROLES)
def test_role_can_delete_what_wagtail_allows(pages: dict[str, Page], role: str) -> None:
    user = user_with_role(role)
    deletable = set()
    for kind, page in pages.items():
        for page.live in (False, True):
            Page.objects.filter(pk=page.pk).update(live=page.live)
            ours, wagtails = page.permissions_for_user(user), PagePermissionTester(user, page)
            # With the same permissions, only the two `can_delete` methods can differ.
            wagtails.permissions = ours.permissions
            assert type(ours) is not type(wagtails)
            assert ours.can_delete() == wagtails.can_delete(), (page, page.live)
            if ours.can_delete():
                deletable.add((kind, page.live))
    # Published pages can be deleted only by roles that may publish them.
    assert {kind for kind, live in deletable if live} == PUBLISHES[role]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", DRAFTS)
def test_role_can_unpublish_only_its_page_types(
    pages: dict[str, Page], role: str, kind: str
) -> None:
    page = pages[kind]
    Page.objects.filter(pk=page.pk).update(live=True)
    client_for(role).post(reverse("wagtailadmin_pages:unpublish", args=[page.pk]))
    assert Page.objects.get(pk=page.pk).live is (kind not in PUBLISHES[role])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", ["issue", "story"])
def test_edit_form_offers_publish_only_to_roles_that_may_publish(
    pages: dict[str, Page], role: str, kind: str
) -> None:
    page, client = pages[kind], client_for(role)
    response = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
    may_edit = role != "Story stewards" or kind == "story"
    assert (response.status_code == 200) is may_edit
    offers = 'name="action-publish"' in response.content.decode()
    assert offers is (kind in PUBLISHES[role] - BY_WORKFLOW)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", DRAFTS)
def test_copy_is_offered_only_to_roles_that_may_copy(
    pages: dict[str, Page], role: str, kind: str
) -> None:
    page, client = pages[kind], client_for(role)
    copy_url = reverse("wagtailadmin_pages:copy", args=[page.pk])
    edit = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
    offers = f'href="{copy_url}' in edit.content.decode()
    data = {"new_title": "C", "new_slug": "c", "new_parent_page": page.get_parent().pk}
    client.post(copy_url, data)
    assert Page.objects.filter(slug="c").exists() is offers


def test_editors_cannot_publish_stories_by_creating_or_copying(pages: dict[str, Page]) -> None:
    parent = pages["story"].get_parent()
    add = reverse("wagtailadmin_pages:add", args=["stories", "storypage", parent.pk])
    form = client_for("Editors").get(add)
    assert form.status_code == 200
    assert 'name="action-submit"' in form.content.decode()
    assert 'name="action-publish"' not in form.content.decode()
    copy = reverse("wagtailadmin_pages:copy", args=[pages["story"].pk])
    editor = Client()
    editor.force_login(User.objects.get(username="editors"))
    form = editor.get(copy)
    assert form.status_code == 200
    assert "new_slug" in form.content.decode()
    assert "publish_copies" not in form.content.decode()


FOR_EDITORS = ("/admin/redirects/", "/admin/settings/site_settings/sitesettings/")
FOR_ADMINISTRATORS = (
    *("/admin/users/", "/admin/users/new/", "/admin/groups/", "/admin/workflows/list/"),
    *("/admin/sites/", "/admin/collections/", "/admin/workflows/tasks/index/"),
)


@pytest.mark.parametrize("role", ROLES)
def test_admin_views_are_closed_to_other_roles(pages: dict[str, Page], role: str) -> None:
    client = client_for(role)
    allowed = {
        path
        for path in (*FOR_EDITORS, *FOR_ADMINISTRATORS)
        if client.get(path, follow=True).redirect_chain[-1:] != [("/admin/", 302)]
    }
    assert allowed == (set(FOR_EDITORS) if role == "Editors" else set())


def test_admin_views_are_open_to_administrators(
    pages: dict[str, Page], admin_client: Client
) -> None:
    for path in (*FOR_EDITORS, *FOR_ADMINISTRATORS):
        response = admin_client.get(path, follow=True)
        assert response.status_code == 200
        assert response.redirect_chain[-1:] != [("/admin/", 302)], path


@pytest.mark.parametrize("role", ROLES)
def test_two_factor_login_is_required_except_for_writers(db: None, role: str) -> None:
    assert user_with_role(role).requires_two_factor() is (role != "Writers")


def test_writers_can_add_but_not_edit_pictures(db: None) -> None:
    photo, client = factories.picture(), client_for("Writers")
    assert client.get(reverse("wagtailimages:add_multiple")).status_code == 200
    assert client.get(reverse("wagtailimages:edit", args=[photo.pk])).status_code == 302


def test_stories_and_their_list_have_two_approval_steps_and_other_pages_one(
    pages: dict[str, Page],
) -> None:
    steps = {kind: page.get_workflow().tasks for kind, page in pages.items()}
    assert {kind: len(found) for kind, found in steps.items()} == {
        "issue": 1,
        "about": 1,
        "action": 1,
        "news": 1,
        "story": 2,
        "story list": 2,
    }


def test_moderators_group_is_deleted_only_if_empty(db: None) -> None:
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)
    migration = import_module("mission.migrations.0002_page_index")
    moderators = Group.objects.create(name="Moderators")
    factories.UserFactory().groups.add(moderators)
    migration.replace_moderators(apps, None)
    assert Group.objects.filter(name="Moderators").exists()
    moderators.user_set.clear()
    migration.replace_moderators(apps, None)
    assert not Group.objects.filter(name="Moderators").exists()


def test_permissions_of_roles_exist_and_are_granted(db: None) -> None:
    for role, name in roles.role_permissions():
        app, codename = name.split(".")
        group = Group.objects.get(name=role)
        assert group.permissions.filter(content_type__app_label=app, codename=codename).exists(), (
            f"{role} has no permission {name}. Correct `role_permissions` in apps.py of its app."
        )


def test_publish_permission_of_each_page_type_belongs_to_a_role(db: None) -> None:
    granted = {name for _role, name in roles.role_permissions()}
    for model in page_types():
        name = model.publish_permission
        assert not name or name in granted, (
            f"No role may publish {model.__name__}: add {name} to `role_permissions` in apps.py of "
            "an app, and to `permissions` in the page type's Meta."
        )


def test_permission_that_an_administrator_removed_is_not_granted_again(db: None) -> None:
    editors, publish = (
        Group.objects.get(name="Editors"),
        Permission.objects.get(codename="publish_news"),
    )
    editors.permissions.remove(publish)
    GroupPagePermission.objects.filter(group=editors).delete()
    Group.objects.filter(name="Writers").delete()
    roles.grant_new_permissions()
    assert publish not in editors.permissions.all()
    assert not GroupPagePermission.objects.filter(group=editors).exists()
    assert not Group.objects.filter(name="Writers").exists()


def test_permission_of_a_later_version_is_granted_after_migrating(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = {"Editors": ["actions.use_signatures"], "Story stewards": ["events.publish_event"]}
    monkeypatch.setattr(apps.get_app_config("search"), "role_permissions", added, raising=False)
    roles.grant_new_permissions()  # the second permission does not exist yet
    editors = Group.objects.get(name="Editors")
    assert editors.permissions.filter(codename="use_signatures").exists()
    stories = ContentType.objects.get(app_label="stories", model="storypage")
    monkeypatch.setitem(added, "Story stewards", ["stories.publish_event"])
    event = Permission.objects.create(codename="publish_event", content_type=stories)
    roles.grant_new_permissions()
    assert event in Group.objects.get(name="Story stewards").permissions.all()


def test_approval_task_belongs_to_editors(db: None) -> None:
    step = GroupApprovalTask.objects.get(name="Editors' approval")
    assert step.groups.get().name == "Editors"
    assert Workflow.objects.filter(name="Editors' approval").exists()


class Mailbox:
    """An SMTP handler that stores messages in a list."""

    def __init__(self) -> None:
        self.mails: list[Message] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(email.message_from_bytes(envelope.content))
        return "250 OK"

    def pop_subjects(self) -> dict[str, str]:
        """Return the subjects by recipient and empty the mailbox."""
        found = {str(mail["To"]): str(mail["Subject"]) for mail in self.mails}
        self.mails.clear()
        return found


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    """A local mail server that receives the site's mail."""
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    yield box
    server.stop()


def test_page_workflow_mails_editor_and_writer(
    pages: dict[str, Page],
    mailbox: Mailbox,
    django_capture_on_commit_callbacks: Callable,
) -> None:
    writer, editor = user_with_role("Writers"), user_with_role("Editors")
    administrator = factories.UserFactory(is_superuser=True, email="admin@example.org")
    reverse("wagtailadmin_home")  # loads the hooks
    issue = pages["issue"]
    with django_capture_on_commit_callbacks(execute=True):
        issue.get_workflow().start(issue, writer)
    assert sorted(str(mail["To"]) for mail in mailbox.mails) == [administrator.email, editor.email]
    assert set(mailbox.pop_subjects().values()) == {"Waiting for your approval: Issue"}
    client = Client()
    client.force_login(editor)
    state = issue.current_workflow_task_state
    url = reverse("wagtailadmin_pages:workflow_action", args=[issue.pk, "approve", state.pk])
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url, {"comment": "Good."})
    assert Page.objects.get(pk=issue.pk).live
    assert mailbox.pop_subjects()[writer.email] == "Approved: Issue"


def test_story_workflow_mails_editor_then_steward(
    pages: dict[str, Page], mailbox: Mailbox, django_capture_on_commit_callbacks: Callable
) -> None:
    writer, editor, steward = (
        user_with_role("Writers"),
        user_with_role("Editors"),
        user_with_role("Story stewards"),
    )
    story = pages["story"]
    assert story.get_workflow() == Workflow.objects.get(name="Stories")
    with django_capture_on_commit_callbacks(execute=True):
        story.get_workflow().start(story, writer)
    assert list(mailbox.pop_subjects()) == [editor.email]
    with django_capture_on_commit_callbacks(execute=True):
        story.current_workflow_task_state.approve(user=editor)
    assert steward.email in mailbox.pop_subjects()
    assert not StoryPage.objects.get().live


def test_reminders_are_sent_by_smtp(story_index: StoryIndexPage, mailbox: Mailbox) -> None:
    writer, steward = user_with_role("Writers"), user_with_role("Story stewards")
    today = localdate()
    factories.StandardPageFactory(
        parent=story_index.get_parent(), owner=writer, next_review=today, live=True
    )
    in_a_week = factories.consent(steward=steward, expires_on=today + timedelta(days=7))
    factories.StoryPageFactory(parent=story_index, consent=in_a_week)
    for command in ("mail_due_reviews", "remind_stewards"):
        call_command(command)
    assert mailbox.pop_subjects() == {
        writer.email: "A page is due for review",
        steward.email: "Consent ends in 7 days",
    }
