"""No way of publishing makes a page public without consent."""

import json
from collections.abc import Callable
from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.testing import InMemoryConnector
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.models import Locale, Page, Workflow

from consent.models import ConsentRecord
from editorial.publishing.rules import PublishingRefused
from mission.models import HomePage, StandardPage
from staff.models import User
from stories.forms import StewardForm
from stories.models import StewardTask, StoryIndexPage, StoryPage
from tests import factories
from tests.actions.conftest import queue as queue
from tests.jobs import run_jobs


@pytest.fixture
def story(story_index: StoryIndexPage) -> StoryPage:
    """A draft without a signed consent form."""
    return factories.StoryPageFactory(
        parent=story_index, title="Told", live=False, consent=factories.consent(form_reference="")
    )


def go_live(story: StoryPage) -> None:
    story.live = True
    story.save()


def go_live_in_one_column(story: StoryPage) -> None:
    story.live = True
    story.save(update_fields=["live"])


def go_live_as_base_page(story: StoryPage) -> None:
    page = Page.objects.get(pk=story.pk)
    page.live = True
    page.save(clean=False)


def publish_a_revision(story: StoryPage) -> None:
    story.save_revision().publish()


def add_live_page(story: StoryPage) -> None:
    twin = StoryPage(title="Twin", slug="twin", consent=factories.consent(form_reference=""))
    story.get_parent().add_child(instance=twin)


def approve(story: StoryPage) -> None:
    user = User.objects.create_superuser("boss")
    story.save_revision()
    Workflow.objects.get(name="Editors' approval").start(story, user)
    story.current_workflow_state.current_task_state.approve(user)


def publish_alias(story: StoryPage) -> None:
    story.create_alias(update_slug="alias", update_locale=None, recursive=False).save()
    twin = StoryPage.objects.get(slug="alias")
    go_live(twin)


WAYS = [
    *(go_live, go_live_in_one_column, go_live_as_base_page),
    *(publish_a_revision, add_live_page, approve, publish_alias),
]


@pytest.mark.parametrize("way", WAYS)
def test_publishing_without_consent_is_refused(story: StoryPage, way: Callable) -> None:
    with pytest.raises(PublishingRefused, match="Enter the code from the signed form"):
        way(story)
    assert not StoryPage.objects.filter(live=True).exists()


@pytest.fixture
def live_without_consent(story: StoryPage) -> StoryPage:
    ConsentRecord.objects.update(form_reference="F-17")
    StoryPage.objects.get(pk=story.pk).save_revision().publish()
    ConsentRecord.objects.update(form_reference="")
    return StoryPage.objects.get(pk=story.pk)


COPIES = {
    "copy": lambda page: page.copy(update_attrs={"slug": "copy"}),
    "alias": lambda page: page.create_alias(update_slug="copy"),
}


@pytest.mark.parametrize("way", COPIES)
def test_live_copy_without_consent_is_refused(live_without_consent: StoryPage, way: str) -> None:
    with pytest.raises(PublishingRefused, match="Enter the code from the signed form"):
        COPIES[way](live_without_consent)


def test_translation_alias_is_not_live(live_without_consent: StoryPage) -> None:
    spanish = Locale.objects.get_or_create(language_code="es")[0]
    stand_in = live_without_consent.copy_for_translation(spanish, copy_parents=True, alias=True)
    assert not StoryPage.objects.get(pk=stand_in.pk).live


def test_draft_of_page_without_consent_can_be_saved_and_unpublished(
    live_without_consent: StoryPage,
) -> None:
    live_without_consent.pull_quote = "Another"
    live_without_consent.save_revision()
    live_without_consent.unpublish()
    assert not StoryPage.objects.get().live


def test_older_revision_does_not_restore_consent(story: StoryPage) -> None:
    ConsentRecord.objects.update(form_reference="F-17")
    story.pull_quote = "First"
    first = story.save_revision()
    ConsentRecord.objects.update(form_reference="")
    story.pull_quote = "Second"
    story.save_revision()
    assert first.as_object().pull_quote == "First"
    with pytest.raises(PublishingRefused, match="Enter the code from the signed form"):
        first.publish()
    assert not StoryPage.objects.get().live


def test_copies_aliases_and_translations_share_the_record(story: StoryPage) -> None:
    spanish = Locale.objects.get_or_create(language_code="es")[0]
    others = (
        story.copy(update_attrs={"slug": "copy"}),
        story.create_alias(update_slug="alias"),
        story.copy_for_translation(spanish, copy_parents=True),
    )
    assert {page.consent_id for page in others} == {story.consent_id}
    stored = StoryPage.objects.values_list("consent", flat=True)
    assert list(stored) == [story.consent_id] * 4


def test_publish_scheduled_skips_refused_page_and_mails_steward(
    story: StoryPage, home: HomePage, queue: InMemoryConnector
) -> None:
    fine = StandardPage(title="Fine", slug="fine", live=False)
    home.add_child(instance=fine)
    past = timezone.now() - timedelta(minutes=1)
    for page in (story, fine):
        page.go_live_at = past
        page.save_revision(approved_go_live_at=past)

    call_command("publish_scheduled")
    call_command("publish_scheduled")
    run_jobs(queue)

    assert StandardPage.objects.get().live
    assert not StoryPage.objects.get().live
    assert [message.to for message in mail.outbox] == [["steward@example.org"]]
    assert "Told" not in mail.outbox[0].subject + mail.outbox[0].body  # sent email cannot be erased
    assert f"/admin/pages/{story.pk}/edit/" in mail.outbox[0].body


def test_publish_scheduled_continues_after_an_unexpected_error(
    story: StoryPage, home: HomePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    fine = StandardPage(title="Fine", slug="fine", live=False)
    home.add_child(instance=fine)
    past = timezone.now() - timedelta(minutes=1)
    for page in (story, fine):
        page.save_revision(approved_go_live_at=past)
    over = factories.StandardPageFactory(parent=home, slug="over", expire_at=past)
    monkeypatch.setattr(StoryPage, "full_clean", Mock(side_effect=OSError("the disk is full")))
    with pytest.raises(CommandError, match="could not be published or unpublished: 1"):
        call_command("publish_scheduled")
    assert StandardPage.objects.get(slug="fine").live
    assert not StandardPage.objects.get(pk=over.pk).live
    monkeypatch.undo()
    assert StoryPage.objects.get().scheduled_revision  # the next run tries again


def test_picture_without_consent_blocks_publishing(home: HomePage) -> None:
    page = factories.StandardPageFactory(parent=home, live=False)
    photo = factories.picture()
    photo.consent.shown = ""
    photo.consent.save()
    image = {"image": photo.pk, "decorative": False, "alt_text": "Alt"}
    page.body = [{"type": "figure", "value": {"picture": image, "caption": ""}}]
    page.social_picture = photo
    assert {name for name, _sentence in page.publishing_errors()} == {"social_picture", "body"}
    with pytest.raises(PublishingRefused, match="A picture"):
        page.save_revision().publish()


def form_data(story: StoryPage, **fields: object) -> dict:
    data = {
        "title": story.title,
        "slug": story.slug,
        "pull_quote": "Just typed",
    }
    for stream in ("body", "corrections"):
        data |= {f"{stream}-count": 0}
    for formset in ("comments",):
        data |= {f"{formset}-TOTAL_FORMS": 0, f"{formset}-INITIAL_FORMS": 0}
    return data | fields


PUBLISH = {"action-publish": "on"}
APPROVE = {"action-workflow-action": "true", "workflow-action-name": "approve"}


@pytest.mark.parametrize("button", [PUBLISH, APPROVE], ids=["publish", "approve"])
def test_edit_form_shows_consent_error_and_keeps_input(
    story: StoryPage, admin_client: Client, admin_user: User, button: dict
) -> None:
    if button == APPROVE:
        story.save_revision()
        Workflow.objects.get(name="Editors' approval").start(story, admin_user)
    url = reverse("wagtailadmin_pages:edit", args=[story.pk])
    response = admin_client.post(url, form_data(story) | button)
    form = response.context["form"]
    assert form.errors == {
        "__all__": [
            "Consent is not complete: Enter the code from the signed form. Press “Consent” at the "
            "top of the page. A story steward or an administrator can record it."
        ]
    }
    assert form["pull_quote"].value() == "Just typed"
    assert not StoryPage.objects.get().live

    response = admin_client.post(url, form_data(story))
    assert response.status_code == 302
    assert StoryPage.objects.get().get_latest_revision_as_object().pull_quote == "Just typed"

    ConsentRecord.objects.update(form_reference="F-17")
    response = admin_client.post(url, form_data(story) | PUBLISH)
    assert response.status_code == 302
    assert StoryPage.objects.get().live


@pytest.mark.parametrize("button", ["action-submit", "action-restart-workflow"])
def test_story_may_be_submitted_before_consent_is_recorded(
    story: StoryPage, admin_client: Client, admin_user: User, button: str
) -> None:
    story.save_revision()
    if button == "action-restart-workflow":
        state = Workflow.objects.get(name="Stories").start(story, admin_user)
        state.current_task_state.reject(user=admin_user)
    url = reverse("wagtailadmin_pages:edit", args=[story.pk])
    assert admin_client.post(url, form_data(story) | {button: "on"}).status_code == 302
    story = StoryPage.objects.get()
    assert story.current_workflow_state.status == "in_progress"
    # The first step, an editor's, is approved. The last step, the steward's, would publish the
    # story and is refused.
    assert admin_client.post(url, form_data(story) | APPROVE).status_code == 302
    assert isinstance(story.current_workflow_state.current_task_state.task.specific, StewardTask)
    confirmed = json.dumps(dict.fromkeys(StewardForm.CONFIRMATIONS, True))
    data = form_data(story) | APPROVE | {"workflow-action-extra-data": confirmed}
    assert admin_client.post(url, data).status_code != 302
    assert not StoryPage.objects.get().live


def test_create_form_shows_consent_error(
    story: StoryPage, story_index: StoryIndexPage, admin_client: Client
) -> None:
    url = reverse("wagtailadmin_pages:add", args=["stories", "storypage", story_index.pk])
    data = form_data(story, title="New", slug="new") | {"action-publish": "on"}
    response = admin_client.post(url, data)
    assert "Say who is shown" in str(response.context["form"].errors)
    assert not StoryPage.objects.filter(slug="new").exists()


@pytest.mark.parametrize("allowed", [[], ["First", "Second"]])
def test_bulk_publish_publishes_what_it_may_and_names_the_rest(
    story: StoryPage, home: HomePage, admin_client: Client, allowed: list[str]
) -> None:
    pages = [
        factories.StandardPageFactory(parent=home, title=title, live=False) for title in allowed
    ]
    ids = "&".join(f"id={page.pk}" for page in (*pages, story))
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    origin = f"/admin/pages/{home.pk}/"
    response = admin_client.post(f"{url}?{ids}&next={origin}", follow=True)
    assert response.redirect_chain == [(origin, 302)]
    said = [str(message) for message in response.context["messages"]]
    refused = said.pop(0)
    assert refused.startswith(f"“{story.title}” was not published. Consent is not complete: ")
    assert "code from the signed form" in refused
    assert [message.strip() for message in said] == (
        ["2 pages have been published"] if allowed else []
    )
    assert not StoryPage.objects.filter(live=True).exists()
    assert StandardPage.objects.filter(title__in=allowed, live=True).count() == len(allowed)


def test_bulk_publish_refuses_page_with_a_child_that_may_not_be_published(
    story: StoryPage, story_index: StoryIndexPage, admin_client: Client
) -> None:
    StoryIndexPage.objects.filter(pk=story_index.pk).update(live=False)
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    data = {"include_descendants": "on"}
    response = admin_client.post(f"{url}?id={story_index.pk}&next=/admin/", data, follow=True)
    (refused,) = map(str, response.context["messages"])
    assert refused.startswith(f"“{story_index.title}” was not published. {story.title}: ")
    assert not Page.objects.filter(pk__in=[story.pk, story_index.pk], live=True).exists()


def test_copy_view_shows_consent_error(
    live_without_consent: StoryPage, admin_client: Client
) -> None:
    url = reverse("wagtailadmin_pages:copy", args=[live_without_consent.pk])
    data = {
        "new_title": "C",
        "new_slug": "c",
        "new_parent_page": live_without_consent.get_parent().pk,
    }
    response = admin_client.post(url, data | {"publish_copies": "on"}, follow=True)
    assert "code from the signed form" in response.content.decode()
    assert response.redirect_chain == [(url, 302)]
    assert StoryPage.objects.count() == 1


def narrow_before_publishing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Narrow all consent between the validation of the form and the save of the live page."""
    usual = PublishPageRevisionAction.execute

    def narrow_first(action: PublishPageRevisionAction, **options: bool) -> None:
        ConsentRecord.objects.update(form_reference="")
        usual(action, **options)

    monkeypatch.setattr(PublishPageRevisionAction, "execute", narrow_first)


@pytest.mark.parametrize("way", ["publish", "approve", "modal", "bulk"])
def test_publishing_after_consent_was_narrowed_shows_the_reason_and_keeps_input(
    story: StoryPage,
    admin_client: Client,
    admin_user: User,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    ConsentRecord.objects.update(form_reference="F-17")
    story.pull_quote = "Just typed"
    story.save_revision()
    edit = reverse("wagtailadmin_pages:edit", args=[story.pk])
    if way in ("approve", "modal"):
        Workflow.objects.get(name="Editors' approval").start(story, admin_user)
    narrow_before_publishing(monkeypatch)
    if way == "modal":
        task = story.current_workflow_state.current_task_state
        url = reverse("wagtailadmin_pages:workflow_action", args=[story.pk, "approve", task.pk])
        found = admin_client.post(url, headers={"X-Requested-With": "XMLHttpRequest"})
        assert found.json() == {"step": "success", "redirect": edit}
        response = admin_client.get(edit)
    elif way == "bulk":
        url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
        response = admin_client.post(f"{url}?id={story.pk}", follow=True)
    else:
        button = PUBLISH if way == "publish" else APPROVE
        response = admin_client.post(edit, form_data(story) | button, follow=True)
    assert "Enter the code from the signed form" in response.content.decode()
    assert "you do not have permission" not in response.content.decode()
    assert response.context["form"]["pull_quote"].value() == "Just typed"
    assert not StoryPage.objects.filter(live=True).exists()


def test_schedule_is_canceled_if_consent_is_narrowed_during_publishing(
    story: StoryPage, monkeypatch: pytest.MonkeyPatch, queue: InMemoryConnector
) -> None:
    ConsentRecord.objects.update(form_reference="F-17")
    past = timezone.now() - timedelta(minutes=1)
    story.save_revision(approved_go_live_at=past)
    narrow_before_publishing(monkeypatch)
    call_command("publish_scheduled")
    run_jobs(queue)
    assert not StoryPage.objects.get().live
    assert not StoryPage.objects.get().scheduled_revision
    assert len(mail.outbox) == 1
