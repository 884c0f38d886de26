"""A story goes live only by its workflow, unless an administrator publishes it."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from wagtail.models import Page, Revision, Workflow

from staff.models import User
from stories.models import StoryIndexPage, StoryPage
from tests import factories
from tests.editorial.test_publishing import APPROVE, PUBLISH, form_data
from tests.translation_workflow import begin, publish, translate, write

REASON = "This page is published by its workflow. Submit it for approval."
CONFIRMED = {"was_read": True, "words_are_safe": True, "files_are_safe": True}
LIVE = "told-and-live"  # the slug of a story that is live; the others are drafts


@pytest.fixture(autouse=True)
def _run_on_commit_immediately(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "on_commit", lambda job, *args, **kwargs: job())


@pytest.fixture
def stories(story_index: StoryIndexPage) -> StoryIndexPage:
    factories.StoryPageFactory(parent=story_index, title="Told", slug="told", live=False)
    factories.StoryPageFactory(parent=story_index, title="Live", slug=LIVE)
    for story in StoryPage.objects.all():
        story.save_revision()
    return story_index


def log_in(client: Client, role: str) -> User:
    user = factories.UserFactory(is_superuser=role == "Administrators")
    if role != "Administrators":
        user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return user


def story(slug: str = "told") -> StoryPage:
    return StoryPage.objects.get(slug=slug)


def edit_url(page: Page) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def press_publish(client: Client) -> None:
    client.post(edit_url(story()), form_data(story()) | PUBLISH)


def correct_live_story(client: Client) -> None:
    page = story(LIVE)
    client.post(edit_url(page), form_data(page, pull_quote="Not approved") | PUBLISH)


def schedule(client: Client) -> None:
    later = (now() + timedelta(days=3)).strftime("%Y-%m-%d %H:%M")
    client.post(edit_url(story()), form_data(story(), go_live_at=later) | PUBLISH)


def publish_older_version(client: Client) -> None:
    revision = story().revisions.first().pk
    client.post(edit_url(story()), form_data(story(), revision=revision) | PUBLISH)


def publish_new_story(client: Client) -> None:
    url = reverse("wagtailadmin_pages:add", args=["stories", "storypage", story().get_parent().pk])
    client.post(url, form_data(story(), title="New", slug="new") | PUBLISH)


def publish_in_bulk(client: Client) -> None:
    bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    client.post(f"{bulk}?id={story().pk}&next=/admin/")


def publish_list_in_bulk(client: Client) -> None:
    bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    index = story().get_parent().pk
    client.post(f"{bulk}?id={index}&next=/admin/", {"include_descendants": "on"})


def copy(client: Client, page: Page, **fields: object) -> None:
    parent = page.get_parent().pk
    data = {"new_title": "Copy", "new_slug": "copy", "new_parent_page": parent} | fields
    client.post(reverse("wagtailadmin_pages:copy", args=[page.pk]), data)


def copy_live(client: Client) -> None:
    copy(client, story(LIVE), publish_copies="on")


def make_alias(client: Client) -> None:
    copy(client, story(LIVE), alias="on")


def publish_by_api(client: Client) -> None:
    client.post(f"/admin/api/main/pages/{story().pk}/action/publish/")


def copy_by_api(client: Client) -> None:
    client.post(f"/admin/api/main/pages/{story(LIVE).pk}/action/copy/", {"slug": "copy"})


def alias_by_api(client: Client) -> None:
    client.post(
        f"/admin/api/main/pages/{story(LIVE).pk}/action/create_alias/", {"update_slug": "copy"}
    )


WAYS = [
    *(press_publish, correct_live_story, schedule, publish_older_version, publish_new_story),
    *(publish_in_bulk, publish_list_in_bulk, copy_live, make_alias),
    *(publish_by_api, copy_by_api, alias_by_api),
]
# A new story has no consent yet, so not even administrators can publish it.
NAMES = {way.__name__ for way in WAYS if way is not publish_new_story}


def what_is_public() -> set[tuple[int, str]]:
    """Key and quote of stories that are live or will go live at a set time."""
    scheduled = Revision.page_revisions.filter(approved_go_live_at__isnull=False)
    due = {int(pk) for pk in scheduled.values_list("object_id", flat=True)}
    public = StoryPage.objects.live() | StoryPage.objects.filter(pk__in=due)
    return {(page.pk, page.pull_quote) for page in public}


@pytest.mark.parametrize("role", ["Editors", "Story stewards", "Administrators"])
def test_only_administrators_publish_story_without_workflow(
    stories: StoryIndexPage, client: Client, role: str
) -> None:
    before = what_is_public()
    log_in(client, role)
    published = set()
    for way in WAYS:
        with transaction.atomic():
            way(client)
            if what_is_public() != before:
                published.add(way.__name__)
            transaction.set_rollback(True)
    assert published == (NAMES if role == "Administrators" else set())


@pytest.mark.parametrize("url", ["edit", "add"])
def test_refused_publish_keeps_input_and_says_why(
    stories: StoryIndexPage, client: Client, url: str
) -> None:
    log_in(client, "Story stewards" if url == "edit" else "Editors")
    path = edit_url(story())
    if url == "add":
        path = reverse("wagtailadmin_pages:add", args=["stories", "storypage", stories.pk])
    assert 'name="action-publish"' not in client.get(path).content.decode()
    response = client.post(path, form_data(story(), slug="new") | PUBLISH)
    form = response.context["form"]
    assert form.errors == {"__all__": [REASON]}
    assert form["pull_quote"].value() == "Just typed"


def test_bulk_publish_says_why_story_was_not_published(
    stories: StoryIndexPage, client: Client
) -> None:
    log_in(client, "Story stewards")
    publish_in_bulk(client)
    shown = client.get("/admin/").content.decode()
    assert f"“Told” was not published. {REASON}" in shown
    assert "published</" not in shown


def test_approval_without_the_right_to_publish_is_refused_and_not_offered(
    stories: StoryIndexPage, client: Client
) -> None:
    """Editors take the only step of this workflow, but may not publish stories."""
    editor, page = log_in(client, "Editors"), story()
    Workflow.objects.get(name="Editors' approval").start(page, editor)
    offered = client.get(edit_url(page)).content.decode()
    assert 'data-workflow-action-name="reject"' in offered
    assert 'data-workflow-action-name="approve"' not in offered
    response = client.post(edit_url(page), form_data(page) | APPROVE)
    assert "somebody else must approve it" in str(response.context["form"].errors)
    state = page.current_workflow_task_state
    client.post(reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.pk]))
    assert not story().live
    assert story().current_workflow_state.status == "in_progress"


@pytest.mark.parametrize("workflow", ["", "Stories"])
def test_approval_that_comes_too_late_only_saves_the_draft(
    stories: StoryIndexPage, client: Client, workflow: str
) -> None:
    """Somebody else cancelled the workflow or approved this step after the page was opened."""
    editor, page = log_in(client, "Editors"), story()
    if workflow:
        Workflow.objects.get(name=workflow).start(page, editor)
        page.current_workflow_task_state.approve(user=editor)
    html = client.post(edit_url(page), form_data(page) | APPROVE, follow=True).content.decode()
    assert "Your answer was not saved: the page no longer waits for it." in html
    assert "is approved" not in html
    assert "Just typed" in html
    assert bool(story().current_workflow_state) == bool(workflow)


@pytest.fixture
def at_steward(stories: StoryIndexPage) -> StoryPage:
    page, editor = story(), factories.UserFactory(is_superuser=True)
    page.get_workflow().start(page, editor)
    page.current_workflow_task_state.approve(user=editor)
    return page


def approval(**values: object) -> dict:
    """The form data of an approval, with `values` from its dialog."""
    return APPROVE | {"workflow-action-extra-data": json.dumps(values)}


@pytest.mark.parametrize("role", ["Story stewards", "Administrators"])
@pytest.mark.parametrize("is_autosaved", [True, False])
def test_confirmation_of_an_older_version_publishes_nothing_and_keeps_both_texts(
    at_steward: StoryPage, client: Client, role: str, is_autosaved: bool
) -> None:
    log_in(client, role)
    opened = at_steward.get_latest_revision()
    shown = {
        "loaded_revision_id": opened.pk,
        "loaded_revision_created_at": opened.created_at.isoformat(),
    }
    newer = story()
    newer.pull_quote = "Without the street"
    newer.save_revision(overwrite_revision=opened if is_autosaved else None)
    data = form_data(at_steward) | shown | approval(**CONFIRMED, comment="Thank you")
    html = client.post(edit_url(at_steward), data, follow=True).content.decode()
    assert "Somebody saved another version after you opened this page." in html
    assert html.count("Your comment was: “Thank you”") == 1
    assert "has been updated" not in html
    assert "is approved" not in html
    assert not story().live
    assert story().current_workflow_state.status == "in_progress"
    assert story().get_latest_revision_as_object().pull_quote == "Without the street"
    assert "Just typed" in {
        revision.as_object().pull_quote for revision in at_steward.revisions.all()
    }


def test_confirmation_of_the_latest_version_publishes_it(
    at_steward: StoryPage, client: Client
) -> None:
    log_in(client, "Story stewards")
    opened = at_steward.get_latest_revision()
    shown = {
        "loaded_revision_id": opened.pk,
        "loaded_revision_created_at": opened.created_at.isoformat(),
    }
    client.post(edit_url(at_steward), form_data(at_steward) | shown | approval(**CONFIRMED))
    assert story().live
    assert story().pull_quote == "Just typed"


@pytest.mark.parametrize("missing", CONFIRMED)
def test_approval_without_a_confirmation_says_so_and_keeps_the_text(
    at_steward: StoryPage, client: Client, missing: str
) -> None:
    """An administrator may have opened the dialog of the earlier step, which has no boxes."""
    log_in(client, "Administrators")
    ticks = CONFIRMED | {missing: False}
    data = form_data(at_steward) | approval(**ticks, comment="Thank you")
    response = client.post(edit_url(at_steward), data, follow=True)
    html = response.content.decode()
    assert response.status_code == 200
    assert "Your answer was not saved, because this is missing" in html
    assert "Your comment was: “Thank you”" in html
    assert not story().live
    assert story().get_latest_revision_as_object().pull_quote == "Just typed"


def test_translated_story_goes_live_by_its_workflow_only(
    stories: StoryIndexPage, client: Client, admin_client: Client
) -> None:
    for page in (stories.get_parent().specific, stories):
        translate(admin_client, page)
    steward = log_in(client, "Story stewards")
    original = story(LIVE)
    translation = begin(original)
    copy = publish(client, original)
    assert REASON in client.get(edit_url(copy)).content.decode()
    submit = reverse("submit_translation", args=[copy.pk])
    assert f'href="{submit}' in client.get(edit_url(copy)).content.decode()
    assert "An editor reads the story" in client.get(submit).content.decode()
    client.post(submit)
    assert "not translated yet" in client.get(edit_url(copy)).content.decode()
    write(translation)
    client.post(submit)
    copy.refresh_from_db()
    assert not copy.live
    copy.current_workflow_task_state.approve(user=steward)
    copy.current_workflow_task_state.approve(user=steward)
    copy.refresh_from_db()
    assert copy.live
    assert copy.title == "Live (es)"
