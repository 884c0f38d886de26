import pytest
from django.test import Client
from django.urls import reverse
from wagtail import hooks

from mission.models import HomePage
from staff.models import User
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
