import pytest
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from wagtail import hooks
from wagtail.models import Collection

from mission.models import HomePage
from staff.models import User
from tests import factories
from tests.staff.sessions import log_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(home: HomePage) -> Client:
    """An administrator who just gave the password, as actions on users require."""
    return log_in(User.objects.create_superuser("boss"), "password")


@pytest.mark.parametrize("pk", ["", "x", "1x", "1.5", "\0", "9" * 30, "9" * 5000, "99999999"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_bulk_action_on_impossible_id_is_not_found(
    administrator: Client, method: str, pk: str
) -> None:
    actions = {
        (model._meta.app_label, model._meta.model_name, action.action_type)
        for action in hooks.get_hooks("register_bulk_action")
        for model in action.models
    }
    assert {app for app, _model, _action in actions} >= {"wagtailcore", "staff", "pictures"}
    for names in sorted(actions):
        url = reverse("wagtail_bulk_action", args=names)
        response = getattr(administrator, method)(url, query_params={"id": pk})
        assert response.status_code == 404, names


def test_bulk_action_on_unknown_model_is_not_found(administrator: Client) -> None:
    for names in (["no", "model", "delete"], ["staff", "no", "delete"], ["staff", "user", "no"]):
        url = reverse("wagtail_bulk_action", args=names)
        assert administrator.get(url, {"id": "1"}).status_code == 404


def test_bulk_action_on_existing_objects_is_shown(home: HomePage, admin_client: Client) -> None:
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    for pk in (str(home.pk), "all"):
        assert admin_client.get(url, {"id": pk}).status_code == 200


def run(client: Client, names: list[str], objects: list[Model], data: dict) -> str:
    """The messages after a bulk action."""
    url = reverse("wagtail_bulk_action", args=names)
    ids = {"id": [each.pk for each in objects], "next": "/admin/"}
    found = client.post(url, data, query_params=ids, follow=True)
    return " ".join(str(message) for message in found.context["messages"])


def test_bulk_action_counts_only_what_it_changed(administrator: Client, home: HomePage) -> None:
    root = Collection.get_first_root_node()
    other = root.add_child(name="Other")
    tagged, untagged = factories.drawing("One"), factories.drawing("Two")
    tagged.tags.add("Vigil")
    untagged.collection = other
    untagged.save()
    writers = Group.objects.get_or_create(name="Writers")[0]
    old, new = User.objects.create_user("old"), User.objects.create_user("new", is_active=False)
    old.groups.add(writers)
    pictures, users = [tagged, untagged], [old, new]
    image, user = ["pictures", "picture"], ["staff", "user"]
    for names, objects, data, sentence in (
        ([*image, "add_tags"], pictures, {"tags": "vigil"}, "added to 1 image"),
        ([*image, "add_to_collection"], pictures, {"collection": other.pk}, "1 image has been"),
        ([*user, "assign_role"], users, {"role": writers.pk}, "1 user has been assigned"),
        ([*user, "set_active_state"], users, {"mark_as_active": "True"}, "1 user has been marked"),
    ):
        first = run(administrator, names, objects, data)
        assert sentence in first
        assert "1 of the selected objects was like this already." in first, names
        again = run(administrator, names, objects, data)
        assert again.strip() == "2 of the selected objects were like this already.", names
    boss = User.objects.get(username="boss")
    data = {"mark_as_active": "False"}
    assert (
        run(administrator, [*user, "set_active_state"], [boss], data).strip()
        == "Nothing was changed."
    )
