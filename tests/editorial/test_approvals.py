"""An answer of the workflow says what it did, wherever it is given."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import Page
from wagtail_localize.models import StringTranslation

from mission.models import HomePage, StandardPage
from staff.models import User
from stories.forms import StewardForm
from stories.models import StoryIndexPage
from tests import factories
from tests.test_roles import client_for
from tests.translation_workflow import begin, spanish, write

RESULTS = {
    "approve": "is approved and published",
    "reject": "are requested",
}


def wait_for_approval(page: Page) -> Page:
    page.save_revision()
    requester, _created = User.objects.get_or_create(username="requester", is_superuser=True)
    page.get_workflow().start(page, requester)
    return page


def answer_url(page: Page, action: str) -> str:
    state = page.current_workflow_task_state
    return reverse("wagtailadmin_pages:workflow_action", args=[page.pk, action, state.pk])


def task_state(page: Page) -> int:
    return page.current_workflow_task_state.pk


@pytest.fixture
def page(home: HomePage) -> StandardPage:
    page = factories.StandardPageFactory(parent=home, slug="waiting", live=False)
    return wait_for_approval(page)


@pytest.fixture
def translation(home: HomePage) -> StandardPage:
    home.copy_for_translation(spanish()).save_revision().publish()
    original = factories.StandardPageFactory(parent=home, slug="original")
    segments = begin(original)
    write(segments)
    segments.save_target(publish=False)
    return wait_for_approval(original.get_translation(spanish()))


@pytest.mark.parametrize("action", RESULTS)
@pytest.mark.parametrize("is_script", [True, False])
def test_answer_on_dashboard_says_what_it_did(
    page: StandardPage, action: str, is_script: bool
) -> None:
    editor = client_for("Editors")
    headers = {"X-Requested-With": "XMLHttpRequest"} if is_script else {}
    editor.post(answer_url(page, action), {"comment": ""}, headers=headers)
    assert RESULTS[action] in editor.get("/admin/").content.decode()
    page.refresh_from_db()
    assert page.live is (action == "approve")


@pytest.mark.parametrize("action", RESULTS)
def test_translation_is_answered_beside_its_editor(translation: StandardPage, action: str) -> None:
    editor, writer = client_for("Editors"), client_for("Writers")
    edit = reverse("wagtailadmin_pages:edit", args=[translation.pk])
    url = reverse("answer_translation", args=[translation.pk])
    assert url in editor.get(edit).content.decode()
    assert url not in writer.get(edit).content.decode()
    assert writer.post(url, {action: "", "comment": ""})["Location"] == "/admin/"
    assert "does not wait for your answer" in writer.get("/admin/").content.decode()
    assert f'name="{action}"' in editor.get(url).content.decode()
    data = {action: "", "comment": "Thank you", "task_state": task_state(translation)}
    found = editor.post(url, data, follow=True).content.decode()
    assert RESULTS[action] in found
    translation.refresh_from_db()
    assert translation.live is (action == "approve")
    assert url not in editor.get(edit).content.decode()


def test_answer_includes_what_the_approver_corrected(translation: StandardPage) -> None:
    StringTranslation.objects.filter(context__path="title").update(data="Corregido")
    url = reverse("answer_translation", args=[translation.pk])
    data = {"approve": "", "comment": "", "task_state": task_state(translation)}
    client_for("Editors").post(url, data)
    translation.refresh_from_db()
    assert translation.title == "Corregido"


def test_answer_to_a_translation_that_was_submitted_again_is_refused(
    translation: StandardPage,
) -> None:
    editor, url = client_for("Editors"), reverse("answer_translation", args=[translation.pk])
    state = task_state(translation)
    assert f'name="task_state" value="{state}"' in editor.get(url).content.decode()
    translation.current_workflow_state.cancel()
    StringTranslation.objects.filter(context__path="title").update(data="No leído")
    wait_for_approval(translation)
    data = {"approve": "", "comment": "", "task_state": state}
    html = editor.post(url, data, follow=True).content.decode()
    assert "Your answer was not saved." in html
    assert "is approved" not in html
    translation.refresh_from_db()
    assert not translation.live


def test_answer_to_a_page_that_does_not_wait_is_refused(
    page: StandardPage, admin_client: Client
) -> None:
    url = answer_url(page, "approve")
    admin_client.post(url, {"comment": ""})
    html = admin_client.post(url, {"comment": ""}, follow=True).content.decode()
    assert html.count("is approved and published") == 1  # the message of the first answer


@pytest.mark.parametrize("action", RESULTS)
@pytest.mark.parametrize("is_script", [True, False])
@pytest.mark.parametrize("change", ["save", "autosave", "submit"])
def test_answer_is_refused_if_the_page_changed_after_it_was_read(
    page: StandardPage, action: str, is_script: bool, change: str
) -> None:
    editor = client_for("Editors")
    headers = {"X-Requested-With": "XMLHttpRequest"} if is_script else {}
    shown = editor.get(answer_url(page, action)).json()["html"]
    url = unescape(re.search(r'action="([^"]+)"', shown)[1])
    page.title = "Not read"
    if change == "submit":
        page.current_workflow_state.cancel()
        wait_for_approval(page)
    else:
        page.save_revision(
            overwrite_revision=page.latest_revision if change == "autosave" else None
        )
    response = editor.post(url, {"comment": "Thank you"}, headers=headers)
    assert response.status_code in {200, 302}
    html = editor.get("/admin/").content.decode()
    assert "Your answer was not saved." in html
    assert "Your comment was: “Thank you”" in html
    assert RESULTS[action] not in html
    page.refresh_from_db()
    assert not page.live
    assert page.current_workflow_task_state.status == "in_progress"


def test_steward_confirms_beside_the_editor_of_a_translated_story(
    story_index: StoryIndexPage,
) -> None:
    story_index.get_parent().copy_for_translation(spanish()).save_revision().publish()
    story_index.copy_for_translation(spanish()).save_revision().publish()
    segments = begin(factories.StoryPageFactory(parent=story_index))
    write(segments)
    segments.save_target(publish=False)
    story = wait_for_approval(segments.get_target_instance())
    url = reverse("answer_translation", args=[story.pk])
    for role in ("Editors", "Story stewards"):
        client = client_for(role)
        html = client.get(url).content.decode()
        ticks = [name for name in StewardForm.CONFIRMATIONS if f'name="{name}"' in html]
        data = dict.fromkeys(["approve", "comment", *ticks], "on")
        client.post(url, data | {"task_state": task_state(story)})
        story.refresh_from_db()
    assert len(ticks) == len(StewardForm.CONFIRMATIONS) > 0
    assert story.live
