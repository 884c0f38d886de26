"""Somebody stops or starts a synced translation, or makes it an alias, while others edit it."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import Page
from wagtail_localize.models import StringSegment, StringTranslation, Translation

from editorial.translations import status
from mission.models import HomePage, StandardPage
from staff.models import User
from tests import factories
from tests.forms import submitted
from tests.test_roles import client_for
from tests.translation_workflow import begin, spanish, write

FORM = "application/x-www-form-urlencoded"
AUTOSAVE = {"accept": "application/json"}


@pytest.fixture
def page(home: HomePage) -> StandardPage:
    home.copy_for_translation(spanish()).save_revision().publish()
    translation = begin(factories.StandardPageFactory(parent=home, slug="original"))
    write(translation)
    translation.save_target(publish=False)
    return translation.get_target_instance()


@pytest.fixture
def ada() -> Client:
    user = User.objects.create_superuser("ada", first_name="Ada", last_name="Rojas")
    client = Client()
    client.force_login(user)
    return client


def edit_url(page: Page) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def stop(client: Client, page: Page) -> None:
    translation = Translation.objects.get(target_locale=page.locale)
    client.post(reverse("wagtail_localize:stop_translation", args=[translation.pk]))
    assert not status.translation_of(page)


def start(client: Client, page: Page) -> None:
    client.post(edit_url(page), {"localize-restart-translation": "yes", "confirmed": "yes"})
    assert status.translation_of(page)


def make_alias(client: Client, page: Page) -> None:
    client.post(reverse("wagtail_localize:convert_to_alias", args=[page.pk]))
    assert Page.objects.get(pk=page.pk).alias_of_id


def stored(page: Page) -> tuple:
    revisions = Page.objects.get(pk=page.pk).revisions.values_list("pk", "content__summary")
    return list(revisions), list(StringTranslation.objects.order_by("pk").values_list("data"))


STOPPED = "Ada Rojas has stopped the synced translation of this page."
STARTED = "Ada Rojas has started the synced translation of this page."
ALIAS = "Ada Rojas has converted this page into an alias of the original."
NOT_SAVED = "This was not saved. Copy your text, and open the page again."


@pytest.mark.parametrize(("change", "sentence"), [(stop, STOPPED), (make_alias, ALIAS)])
def test_older_editor_of_segments_is_refused_in_words(
    page: StandardPage, ada: Client, change: Callable, sentence: str
) -> None:
    translation = status.translation_of(page)
    title = StringSegment.objects.get(source=translation.source, context__path="title")
    url = reverse("wagtail_localize:edit_string_translation", args=[translation.pk, title.pk])
    change(ada, page)
    before, editor = stored(page), client_for("Editors")
    answer = editor.put(url, urlencode({"value": "Una frase mejor"}), content_type=FORM)
    # With another status, the script of the editor shows “Server error”.
    assert (answer.status_code, answer.json()["data"]) == (200, "Una frase mejor")
    if change is stop:
        assert answer.json()["error"] == f"{sentence} {NOT_SAVED}"
    else:
        assert answer.json()["error"] == f"Somebody has deleted this translation. {NOT_SAVED}"
    assert editor.delete(url).status_code == 403
    requests = {edit_url(page): {"action": "publish"}}
    for name in ("submit_translation", "answer_translation"):
        requests[reverse(name, args=[page.pk])] = {}
    if change is stop:
        requests[reverse("wagtail_localize:upload_pofile", args=[translation.pk])] = {}
    for path, data in requests.items():
        response = editor.post(path, data, follow=True)
        assert response.redirect_chain == [(edit_url(page), 302)], path
        assert sentence in response.content.decode(), path
    assert Page.objects.get(pk=page.pk).live is (change is make_alias)
    assert stored(page) == before


@pytest.mark.parametrize(("change", "sentence"), [(start, STARTED), (make_alias, ALIAS)])
def test_older_form_is_refused_in_words_and_keeps_the_text(
    page: StandardPage, ada: Client, change: Callable, sentence: str
) -> None:
    stop(ada, page)
    editor = client_for("Editors")
    html = editor.get(edit_url(page)).content.decode()
    data = submitted(html) | {"body-count": ["0"], "corrections-count": ["0"]}
    data |= {"summary": ["An hour of work."]}
    change(ada, page)
    before = stored(page)
    response = editor.post(edit_url(page), data, headers=AUTOSAVE)
    assert response.status_code == 400
    assert response.json()["error_code"] == "invalid_revision"  # the editor stops saving
    assert response.json()["error_message"].startswith(f"{sentence} What you type now is not saved")
    for button in ("action-save", "action-publish", "localize-restart-translation"):
        html = editor.post(edit_url(page), data | {button: "yes"}).content.decode()
        assert f"{sentence} What you type now is not saved." in html, button
        assert "An hour of work." in html, button
    assert stored(page) == before


def test_translation_that_somebody_else_started_is_not_started_again(
    page: StandardPage, ada: Client
) -> None:
    stop(ada, page)
    start(ada, page)
    data = {"localize-restart-translation": "yes", "confirmed": "yes"}
    response = client_for("Editors").post(edit_url(page), data, follow=True)
    assert STARTED in response.content.decode()
    history = ada.get(reverse("wagtailadmin_pages:history", args=[page.pk])).content.decode()
    assert history.count("Started the synced translation") == 1
    assert history.count("Stopped the synced translation") == 1
