import json
import re

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from wagtail.documents.models import Document
from wagtail.models import Collection, CollectionViewRestriction, PageViewRestriction

from mission.models import HomePage
from tests import factories
from tests.forms import submitted

SAME_ORIGIN = {"sec-fetch-site": "same-origin"}
FORM = re.compile(r'<form class="form" action="([^"]+)"')


@pytest.fixture
def document(home: HomePage) -> Document:
    collection = Collection.get_first_root_node().add_child(name="Internal")
    CollectionViewRestriction.objects.create(
        collection=collection, restriction_type="password", password="sesame"
    )
    document = Document.objects.create(
        title="a", file=ContentFile(b"a", "a.txt"), collection=collection
    )
    download = {"type": "download", "value": {"document": document.pk}}
    factories.StandardPageFactory(parent=home, slug="links", body=json.dumps([download]))
    return document


@pytest.fixture(params=["page", "document"])
def path(request: pytest.FixtureRequest, home: HomePage, document: Document) -> str:
    if request.param == "document":
        return document.url
    page = factories.StandardPageFactory(parent=home, slug="internal")
    PageViewRestriction.objects.create(page=page, restriction_type="password", password="sesame")
    return "/internal/"


def form(client: Client, path: str) -> str:
    """The URL to which the password form posts."""
    response = client.get(path)
    assert not response.cookies
    found = FORM.search(response.content.decode())
    assert found
    assert client.get(found[1]).status_code == 200
    return found[1]


def enter(client: Client, path: str, password: str, **headers: str) -> int:
    data = {"password": password, "return_url": path}
    return client.post(form(client, path), data, headers=headers or SAME_ORIGIN).status_code


def has_form(client: Client, path: str) -> bool:
    response = client.get(path)
    return not response.streaming and bool(FORM.search(response.content.decode()))


def test_opening_sets_no_cookie_and_the_password_sets_a_session_cookie(path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    assert enter(client, path, "wrong") == 200
    assert not client.cookies
    assert enter(client, path, "sesame") == 302
    assert list(client.cookies) == ["sessionid"]
    assert client.cookies["sessionid"]["max-age"] == ""
    assert not has_form(client, path)


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"origin": "null"}, {"user-agent": "a"}]
)
def test_form_of_another_site_is_refused(path: str, headers: dict[str, str]) -> None:
    client = Client()
    assert enter(client, path, "sesame", **headers) == 403
    assert has_form(client, path)


def test_new_password_ends_access(path: str, home: HomePage, admin_client: Client) -> None:
    client = Client()
    assert enter(client, path, "sesame") == 302
    assert not has_form(client, path)
    if path == "/internal/":
        page = home.get_children().get(slug="internal")
        url = reverse("wagtailadmin_pages:set_privacy", args=[page.pk])
    else:
        collection = Collection.objects.get(name="Internal")
        url = reverse("wagtailadmin_collections:set_privacy", args=[collection.pk])
    for password, ends in (("sesame", False), ("another", True)):
        data = submitted(admin_client.get(url).json()["html"]) | {"password": password}
        assert admin_client.post(url, data).json()["step"] == "set_privacy_done"
        assert has_form(client, path) == ends
    assert enter(client, path, "another") == 302
    assert not has_form(client, path)
    for model in (PageViewRestriction, CollectionViewRestriction):
        assert model.objects.count() <= 1


def test_csrf_cookie_of_staff_has_no_max_age(home: HomePage, client: Client) -> None:
    client.get("/account/login/")
    assert client.cookies["csrftoken"]["max-age"] == ""
