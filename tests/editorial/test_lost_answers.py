"""The server recognizes what a form saved if the answer was lost."""

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains
from wagtail.models import Page, Revision
from wagtail.test.utils.form_data import nested_form_data, streamfield

from editorial import lost_answers
from mission.models import HomePage, StandardPage
from tests import factories

OWN, OTHER = "a" * 32, "b" * 32


def post(
    client: Client, url: str, *, form: str = OWN, accept: str = "application/json", **values: str
) -> dict:
    data = {
        "title": "Typed once",
        "slug": "typed-once",
        "body": streamfield([]),
        "corrections": streamfield([]),
        "comments": {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0},
        "form_id": form,
        **values,
    }
    response = client.post(url, nested_form_data(data), headers={"Accept": accept})
    return response.json() if accept == "application/json" else {}


def loaded_with(revision: Revision) -> dict[str, str]:
    """What a form sends that was opened with this version."""
    created_at = revision.created_at.isoformat()
    return {"loaded_revision_id": str(revision.pk), "loaded_revision_created_at": created_at}


def add_url(home: Page) -> str:
    return reverse("wagtailadmin_pages:add", args=["mission", "standardpage", home.pk])


def edit_url(page: int) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page])


def test_odd_form_id_is_ignored(admin_client: Client, home: HomePage) -> None:
    pages = [post(admin_client, add_url(home), form="\0", slug=slug)["pk"] for slug in "ab"]
    assert pages[0] != pages[1]
    assert post(admin_client, edit_url(pages[0]), form="\0")["success"]


def test_form_that_has_created_a_page_edits_it(admin_client: Client, home: HomePage) -> None:
    first = post(admin_client, add_url(home))
    second = post(admin_client, add_url(home), summary="More")
    assert first.keys() == second.keys()
    assert first["pk"] == second["pk"]
    assert second["url"] == first["url"]
    assert second["hydrate_url"] == first["hydrate_url"]
    page = StandardPage.objects.get(slug="typed-once")
    assert page.get_latest_revision_as_object().summary == "More"
    assert post(admin_client, add_url(home), form=OTHER)["error_code"] == "validation_error"


@pytest.mark.parametrize(
    ("form", "who", "expected"),
    [(OWN, "same", True), (OTHER, "same", False), ("", "same", False), (OWN, "other", False)],
)
def test_only_the_same_form_of_the_same_user_overwrites_its_version(
    admin_client: Client, home: HomePage, form: str, who: str, *, expected: bool
) -> None:
    page = factories.StandardPageFactory(parent=home)
    first = page.save_revision()
    loaded = loaded_with(first)
    post(admin_client, edit_url(page.pk), **loaded)  # its answer is lost
    saved = page.revisions.latest("pk")
    if who == "other":
        admin_client.force_login(factories.UserFactory(is_superuser=True))
    answer = post(admin_client, edit_url(page.pk), form=form, summary="More", **loaded)
    assert answer["success"] is expected
    assert page.revisions.latest("pk") == saved, "There is a second version."

    url = reverse("wagtailadmin_editing_sessions:ping", args=["wagtailcore", "page", page.pk, 1])
    created_at = loaded["loaded_revision_created_at"]
    sent = {"revision_id": first.pk, "revision_created_at": created_at, "form_id": form}
    told = admin_client.post(url, sent).json()
    newer = [session["revision_id"] for session in told["other_sessions"]]
    assert newer == ([] if expected else [saved.pk])
    saved.refresh_from_db()
    at = told.get("newer_version", "")
    assert at == ("" if expected else saved.created_at.isoformat())


def test_autosave_that_was_overtaken_saves_nothing(admin_client: Client, home: HomePage) -> None:
    page = factories.StandardPageFactory(parent=home)
    post(admin_client, edit_url(page.pk), save_number="1", summary="First words")
    post(admin_client, edit_url(page.pk), save_number="3", summary="First words. More.")
    late = post(admin_client, edit_url(page.pk), save_number="2", summary="First words")
    assert late["error_code"] == "invalid_revision"
    page = StandardPage.objects.get(pk=page.pk)
    assert page.get_latest_revision_as_object().summary == "First words. More."


@pytest.mark.parametrize("is_new", [True, False])
def test_autosave_after_lost_answer_of_publish_makes_a_version(
    admin_client: Client, home: HomePage, *, is_new: bool
) -> None:
    if is_new:
        url = add_url(home)
    else:
        page = factories.StandardPageFactory(parent=home)
        loaded = page.save_revision()
        url = edit_url(page.pk)
    values = {} if is_new else loaded_with(loaded)
    publish = {"action-publish": "action-publish", "accept": "text/html", "save_number": "1"}
    post(admin_client, url, **publish, **values)
    published = StandardPage.objects.get(slug="typed-once")
    assert post(admin_client, url, save_number="2", summary="More", **values)["success"]
    page = StandardPage.objects.get(slug="typed-once")
    assert page.live_revision.as_object().summary == published.summary
    assert page.get_latest_revision_as_object().summary == "More"


def test_explicit_save_makes_a_version(admin_client: Client, home: HomePage) -> None:
    page = factories.StandardPageFactory(parent=home)
    post(admin_client, edit_url(page.pk))
    post(admin_client, edit_url(page.pk), accept="text/html")
    assert page.revisions.count() == 2


@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_request_does_not_wait_forever_for_another_one(
    admin_client: Client,
    home: HomePage,
    monkeypatch: pytest.MonkeyPatch,
    accept: str,
    *,
    is_new: bool,
) -> None:
    monkeypatch.setattr(lost_answers, "LOCK_TIMEOUT", "50ms")
    page = factories.StandardPageFactory(parent=home)
    url = add_url(home) if is_new else edit_url(page.pk)
    lock = f"editorial.form.{OWN}" if is_new else f"editorial.page.{page.pk}"
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [lock])
        data = {"title": "Typed once", "form_id": OWN}
        response = admin_client.post(url, data, headers={"Accept": accept})
    assert "The site is still saving this page." in response.content.decode()
    if accept == "text/html":
        assertContains(response, '<input type="hidden" name="title" value="Typed once">', 1, 403)
    else:
        assert response.json()["error_code"] == "locked"  # the editor tries again
    assert not Page.objects.filter(title="Typed once").exists()
