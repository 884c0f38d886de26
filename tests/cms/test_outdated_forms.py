"""A form that was opened before somebody else saved the same object does not undo that."""

import html
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.base import ContentFile
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.views.generic.edit import ModelFormMixin
from wagtail.admin.views import account, generic
from wagtail.admin.views.generic import multiple_upload
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model
from wagtail.documents.views import multiple
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupPagePermission,
    Site,
    Task,
    Workflow,
    WorkflowTask,
)

from cms.outdated_forms.state import FIELD
from consent.record_views import ChangeView
from editorial.stigmatizing_language import Wording
from pictures import upload_views
from pictures.models import Picture
from search.models import WordGroup
from site_settings.models import SiteSettings
from staff.models import User
from tests import factories
from tests.forms import submitted
from tests.staff.sessions import PASSWORD, log_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _accept_forms_without_stored_state() -> None:
    """Turns off the fixture in `tests/conftest.py`."""


REFUSED = "after you opened the form"


def document() -> Model:
    found = get_document_model()(title="Notes", file=ContentFile(b"%PDF-1.4\n%%EOF", "notes.pdf"))
    found.save()
    return found


def person() -> User:
    return User.objects.create_user(
        "ulla", "ulla@example.org", PASSWORD, first_name="Ulla", last_name="Old"
    )


# For each view of the CMS that edits an object without versions: how to make the object, the field
# that a colleague changes, the field that the user changes, and what they enter.
FORMS: dict[str, tuple[Callable[[], Any], dict, dict]] = {
    "wagtailsettings:edit": (
        lambda: SiteSettings.for_site(Site.objects.get()),
        {"footer_note": "Note by Ana"},
        {"tagline": "Tagline by Ben"},
    ),
    "search_words:edit": (
        lambda: WordGroup.objects.filter(urgent=False).first(),
        {"words": "naloxone\nnarcan\nby ana"},
        {"urgent": True},
    ),
    "wording:edit": (lambda: Wording.objects.first(), {"instead": "By Ana"}, {"word": "by ben"}),
    "wagtaildocs:edit": (document, {"title": "By Ana"}, {"tags": "ben"}),
    "wagtaildocs:edit_multiple": (document, {"title": "By Ana"}, {"tags": "ben"}),
    "wagtailimages:edit": (
        lambda: factories.picture(),
        {"description": "A corrected alt text about clothing"},
        {"credit": "Photo by Ben"},
    ),
    "wagtailimages:edit_multiple": (
        lambda: factories.picture(),
        {"description": "A corrected alt text about clothing"},
        {"credit": "Photo by Ben"},
    ),
    "wagtailusers_users:edit": (person, {"is_active": False}, {"last_name": "By Ben"}),
    "wagtailusers_groups:edit": (
        lambda: Group.objects.get(name="Editors"),
        {"name": "By Ana"},
        {"permissions": []},
    ),
    "wagtailredirects:edit": (
        lambda: Redirect.objects.create(old_path="/old", redirect_link="https://example.org/"),
        {"redirect_link": "https://example.org/ana"},
        {"is_permanent": False},
    ),
    "wagtailadmin_collections:edit": (
        lambda: Collection.get_first_root_node().add_child(name="Old"),
        {"name": "By Ana"},
        {"name": "By Ben"},
    ),
    "wagtailsites:edit": (
        lambda: Site.objects.get(),
        {"site_name": "By Ana"},
        {"port": 8443},
    ),
    "wagtailadmin_workflows:edit": (
        lambda: Workflow.objects.first(),
        {"name": "By Ana"},
        {"name": "By Ben"},
    ),
    "wagtailadmin_workflows:edit_task": (
        lambda: GroupApprovalTask.objects.first(),
        {"groups": lambda: [Group.objects.get(name="Writers").pk]},
        {"groups": lambda: [Group.objects.get(name="Campaigners").pk]},
    ),
    "wagtailadmin_account": (
        lambda: User.objects.get(username="ben"),
        {"first_name": "By Ana"},
        {"name_email-last_name": "By Ben"},
    ),
}


def views(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, type]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            layer: Any = pattern.callback
            while layer and not hasattr(layer, "view_class"):
                layer = getattr(layer, "__wrapped__", None)
            if layer:
                yield namespace + (pattern.name or ""), layer.view_class
        else:
            below = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from views(pattern, namespace + below)


def is_edit_view(view: type) -> bool:
    if issubclass(view, (account.AccountView, multiple_upload.EditView)):
        return True
    is_new_or_deleted = issubclass(view, (generic.CreateView, generic.DeleteView))
    return issubclass(view, ModelFormMixin) and not is_new_or_deleted


def test_every_edit_view_of_cms_is_in_the_table() -> None:
    found = {
        name
        for name, view in views(get_resolver())
        if name and is_edit_view(view) and not issubclass(view, ChangeView)
    }
    assert found == FORMS.keys()


@pytest.fixture
def ben(home: object) -> User:
    return User.objects.create_superuser(
        "ben", "ben@example.org", PASSWORD, first_name="Ben", last_name="Ruiz"
    )


@pytest.fixture
def ana(home: object) -> User:
    return User.objects.create_superuser(
        "ana", "ana@example.org", PASSWORD, first_name="Ana", last_name="Vega"
    )


def url_of(name: str, edited: Model) -> str:
    if name == "wagtailadmin_account":
        return reverse(name)
    if name == "wagtailsettings:edit":
        return reverse(name, args=["site_settings", "sitesettings", edited.site_id])
    return reverse(name, args=[edited.pk])


def opened(client: Client, name: str, edited: Any, user: User) -> dict[str, list[str]]:
    """What the form sends if nothing is changed."""
    if not name.endswith("edit_multiple"):
        data = submitted(client.get(url_of(name, edited)))
        # Scripts add these fields.
        return {"footer_pages-count": ["0"], "other_languages-count": ["0"]} | data
    # The response to an upload contains this form.
    view: Any = (
        upload_views.MultipleEditView() if isinstance(edited, Picture) else multiple.EditView()
    )
    view.model = type(edited)
    prefix = f"{view.edit_object_form_prefix}-{edited.pk}"
    form = view.get_edit_form_class()(instance=edited, prefix=prefix, user=user)
    return submitted(f"<form>{form}</form>")


def stored(edited: Model, names: dict) -> dict:
    found = type(edited)._default_manager.get(pk=edited.pk)
    values = {name: getattr(found, name, None) for name in names}
    return {
        name: sorted(one.pk for one in value.all()) if hasattr(value, "all") else value
        for name, value in values.items()
    }


def change(edited: Model, values: dict) -> None:
    found = type(edited)._default_manager.get(pk=edited.pk)
    for name, value in values.items():
        if isinstance(value, list):
            getattr(found, name).set(value)
        else:
            setattr(found, name, value)
    found.save()


def with_entries(data: dict, entries: dict) -> dict:
    """The data of a form after something was entered."""
    sent = dict(data)
    prefix = next((name for name in data if name.endswith("-title")), "").removesuffix("title")
    for name, value in entries.items():
        key = name if name in data or "-" in name else prefix + name
        if value in (False, []):
            sent.pop(key, None)
        else:
            sent[key] = ["on"] if value is True else [str(one) for one in listed(value)]
    return sent


def listed(value: object) -> list:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("name", FORMS)
def test_older_form_does_not_undo_what_a_colleague_saved(name: str, ben: User) -> None:
    make, theirs, entries = FORMS[name]
    edited, client, url = (found := make()), log_in(ben, "password"), url_of(name, found)
    theirs, entries = (
        {key: value() if callable(value) else value for key, value in values.items()}
        for values in (theirs, entries)
    )
    data = with_entries(opened(client, name, edited, ben), entries)
    # A form of a former version of the site lacks the field.
    before = stored(edited, theirs | entries)
    lacking = {key: value for key, value in data.items() if not key.endswith(FIELD)}
    text, _again = refused(client.post(url, lacking))
    assert "The site was updated" in text
    assert stored(edited, theirs | entries) == before

    change(edited, theirs)
    after = stored(edited, theirs)
    text, again = refused(client.post(url, data))
    assert REFUSED in text
    assert stored(edited, theirs) == after
    # The form now shows what was entered, and elsewhere what the colleague saved.
    for key in set(with_entries({}, entries)) & set(data):
        assert set(data[key]) <= set(again[key])
    again = {"footer_pages-count": ["0"], "other_languages-count": ["0"]} | again
    response = client.post(url, again)
    assert response.status_code == 302 or response.json()["success"], response.content.decode()
    if not theirs.keys() & entries.keys():
        assert stored(edited, theirs) == after


def refused(response: Any) -> tuple[str, dict]:
    assert response.status_code == 200
    is_json = response["Content-Type"] == "application/json"
    text = response.json()["form"] if is_json else response.content.decode()
    return html.unescape(text), submitted(text)


def test_message_names_colleague_time_and_values(ana: User, ben: User) -> None:
    """An account that a colleague has deactivated stays so, and the form says it."""
    edited = person()
    first, second = log_in(ana, "password"), log_in(ben, "password")
    url = reverse("wagtailusers_users:edit", args=[edited.pk])
    mine, hers = submitted(second.get(url)), submitted(first.get(url))
    del hers["is_active"]
    assert first.post(url, hers | {"last_name": "By Ana"}).status_code == 302
    text, again = refused(second.post(url, mine | {"last_name": "By Ben"}))
    edited.refresh_from_db()
    assert (edited.is_active, edited.last_name) == (False, "By Ana")
    assert "Ana Vega changed this after you opened the form (" in text
    assert "“Active” is now: No." in text
    assert "“Last Name” is now: By Ana. You entered something else" in text
    assert "is_active" not in again
    assert second.post(url, again).status_code == 302
    edited.refresh_from_db()
    assert (edited.is_active, edited.last_name) == (False, "By Ben")


def test_permission_that_a_colleague_took_away_does_not_come_back(ben: User) -> None:
    group, client = Group.objects.get(name="Campaigners"), log_in(ben, "password")
    url = reverse("wagtailusers_groups:edit", args=[group.pk])
    data = submitted(client.get(url))
    taken, given = data["permissions"][0], Permission.objects.get(codename="add_wordgroup")
    group.permissions.remove(taken)
    row = GroupPagePermission.objects.filter(group=group).first()
    row.delete()
    data["permissions"].append(str(given.pk))
    text, again = refused(client.post(url, data))
    assert "“Permissions”: removed " in text
    assert "“Page permissions” is now: " in text
    assert client.post(url, again).status_code == 302
    assert not group.permissions.filter(pk=taken).exists()
    assert given in group.permissions.all()
    assert not GroupPagePermission.objects.filter(pk=row.pk).exists()
    found = GroupPagePermission.objects.filter(group=group, page=row.page)
    assert row.permission_id not in found.values_list("permission", flat=True)


def test_tasks_that_a_colleague_removed_from_a_workflow_stay_removed(ben: User) -> None:
    workflow, client = Workflow.objects.first(), log_in(ben, "password")
    WorkflowTask.objects.create(workflow=workflow, task=Task.objects.last(), sort_order=9)
    url = reverse("wagtailadmin_workflows:edit", args=[workflow.pk])
    data = submitted(client.get(url))
    workflow.workflow_tasks.first().delete()
    workflow.workflow_pages.all().delete()
    count = workflow.workflow_tasks.count()
    text, again = refused(client.post(url, data | {"name": ["By Ben"]}))
    assert "“Tasks” is now: " in text
    assert workflow.workflow_tasks.count() == count
    assert client.post(url, again).status_code == 302
    assert workflow.workflow_tasks.count() == count


def test_same_form_sent_twice_is_saved_twice(ben: User) -> None:
    client, url = (
        log_in(ben, "password"),
        reverse("wording:edit", args=[Wording.objects.first().pk]),
    )
    data = submitted(client.get(url)) | {"instead": ["people who use drugs"]}
    assert client.post(url, data).status_code == 302
    assert client.post(url, data).status_code == 302


def test_refused_form_with_a_file_does_not_say_that_the_stored_file_is_missing(
    admin_client: Client,
) -> None:
    found = document()
    url = reverse("wagtaildocs:edit", args=[found.pk])
    entries = submitted(admin_client.get(url), url) | {"title": ""}
    entries["file"] = ContentFile(b"%PDF-1.4\n%%EOF", "other.pdf")
    shown = admin_client.post(url, entries).content.decode()
    assert "This field is required" in shown
    assert "could not be found" not in shown
    assert "other.pdf" not in shown


def test_values_are_quoted_as_they_are(admin_client: Client) -> None:
    found = document()
    url = reverse("wagtaildocs:edit", args=[found.pk])
    entries = submitted(admin_client.get(url), url) | {"tags": "by ben"}
    type(found).objects.update(title="<b> & “odd”")
    shown = html.unescape(admin_client.post(url, entries).content.decode())
    assert "“Title” is now: <b> & “odd”" in shown
