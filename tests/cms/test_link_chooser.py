"""A URL that cannot be parsed is an error beside its field, and breaks no page."""

import pytest
from django.core.exceptions import ValidationError
from django.forms import URLField
from django.test import Client
from wagtail.admin.views.chooser import ExternalLinkView as WagtailView
from wagtail.blocks import URLBlock

from editorial.sources.forms import SourceForm
from mission.models import HomePage
from tests import factories

BAD = ["//[::1", "http://[::1", "http://", "http://a:port/", "http://a:99999/", "http://user@[x/"]
PATH = "/admin/choose-external-link/"


def choose(client: Client, url: str) -> dict:
    prefix = WagtailView.form_prefix
    form = {f"{prefix}-url": url, f"{prefix}-link_text": "Read this"}
    return client.post(PATH, form).json()


@pytest.mark.parametrize("url", BAD)
def test_invalid_url_is_an_error_beside_its_field(
    home: HomePage, admin_client: Client, url: str
) -> None:
    for field in (URLField(assume_scheme="https"), URLBlock().field):
        with pytest.raises(ValidationError):
            field.clean(url)
    assert "url" in SourceForm({"title": "A report", "url": url}).errors
    answer = choose(admin_client, url)
    assert answer["step"] == "external_link"
    assert "valid" in answer["html"]
    form = {"old_path": "/old/", "site": "", "redirect_link": url}
    response = admin_client.post("/admin/redirects/add/", form)
    assert "redirect_link" in response.context["form"].errors


@pytest.mark.parametrize("url", ["/issues/", "https://www.example.org/a?b=c"])
def test_valid_url_is_chosen(home: HomePage, admin_client: Client, url: str) -> None:
    assert choose(admin_client, url)["step"] == "external_link_chosen"


@pytest.mark.parametrize("url", BAD)
def test_invalid_next_page_is_ignored_at_login(home: HomePage, client: Client, url: str) -> None:
    for method in (client.get, client.post):
        assert method("/account/login/", query_params={"next": url}).status_code == 200


def test_page_with_invalid_link_has_an_offline_copy(home: HomePage, client: Client) -> None:
    page = factories.StandardPageFactory(parent=home)
    page.body = [{"type": "text", "value": '<p><a href="//[::1">Read this</a></p>'}]
    page.save_revision().publish()
    response = client.get(f"/-/save/{page.pk}/")
    assert response.status_code == 200
    assert "Read this" in response.content.decode()
