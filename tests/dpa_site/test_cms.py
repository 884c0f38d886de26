import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils.functional import Promise
from wagtail.blocks import Block, ListBlock
from wagtail.models import Page, Site

from dpa_site.version import VERSION
from mission.models import HomePage
from site_settings.models import SiteSettings
from staff.models import User
from tests.test_architecture import BLOCKS

NO_CONTENT = "There is nothing on this site to show here yet."
ANONYMOUS_PATHS = ("/account/login/", "/admin/password_reset/", "/admin/password_reset/done/")


@pytest.fixture
def organization(home: HomePage) -> None:
    SiteSettings.objects.create(site=Site.objects.get(), organization="Neighbors & Friends")


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.mark.parametrize("path", ANONYMOUS_PATHS)
def test_login_and_password_pages_have_own_branding(
    organization: None, client: Client, path: str
) -> None:
    html = client.get(path).content.decode()
    assert re.search(r"<title>[^<]+ - Neighbors &amp; Friends</title>", html)
    assert '<link rel="stylesheet" href="/static/css/admin.css">' in html
    assert "/static/img/favicon.svg" in html
    assert "wagtailadmin/images" not in html


def test_login_page_shows_organization(organization: None, client: Client) -> None:
    html = client.get("/account/login/").content.decode()
    heading = re.search(r"<h1>(.*?)</h1>", html, re.DOTALL)
    assert heading
    assert text_of(heading[1]) == "Sign in to Neighbors &amp; Friends"


def test_login_page_shows_hostname_if_organization_is_empty(home: HomePage, client: Client) -> None:
    html = client.get("/account/login/").content.decode()
    assert text_of(html).count("testserver") == 2  # in the title and in the heading


def test_dashboard_shows_the_version(home: HomePage, admin_client: Client) -> None:
    assert f"Version {VERSION}" in text_of(admin_client.get("/admin/").content.decode())


@pytest.mark.parametrize("one_time", [False, True], ids=["dashboard", "first password"])
def test_menu_shows_organization(organization: None, client: Client, one_time: bool) -> None:
    user = User.objects.create_superuser("ana", "ana@example.org", "a long password")
    user.must_change_password = one_time
    user.save()
    client.post("/account/login/", {"login": "ana", "password": "a long password"})
    html = client.get("/admin/", follow=True).content.decode()
    logo = re.search(r"sidebar-branding-logo>(.*?)</template>", html, re.DOTALL)
    assert logo
    assert 'class="mark"' in logo[1]
    assert text_of(logo[1]) == "Neighbors &amp; Friends"


def test_dashboard_heading_is_organization(organization: None, admin_client: Client) -> None:
    html = admin_client.get("/admin/").content.decode()
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
    assert heading
    assert text_of(heading[1]) == "Neighbors &amp; Friends"


def preview(client: Client, block: Block) -> str:
    """The text of the block's preview in the block picker."""
    response = client.get(reverse("wagtailadmin_block_preview"), {"id": block.definition_prefix})
    assert response.status_code == 200
    html = response.content.decode()
    assert '<link rel="stylesheet" href="/static/css/site.css">' in html
    assert "Content-Security-Policy" in response.headers
    return text_of(html.partition("<main")[2].partition(">")[2])


def test_blocks_have_previews(every_page: SimpleNamespace, admin_client: Client) -> None:
    for block in BLOCKS:
        assert block.is_previewable, block
        shown = preview(admin_client, block)
        assert shown, block
        assert shown != NO_CONTENT, block


def with_children(block: Block) -> Iterator[Block]:
    yield block
    inner = [block.child_block] if isinstance(block, ListBlock) else []
    for child in (*inner, *getattr(block, "child_blocks", {}).values()):
        yield from with_children(child)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: type(block).__name__)
def test_blocks_and_their_fields_have_labels_that_can_be_translated(block: Block) -> None:
    for field in with_children(block):
        assert isinstance(field.label, Promise), f"{field.name or type(field).__name__} has none"


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: type(block).__name__)
def test_block_previews_on_empty_site_show_text(
    block: Block, home: Page, admin_client: Client
) -> None:
    shown = preview(admin_client, block)
    needs_content = type(block).__name__ in {"FigureBlock", "IssueAreasBlock", "StoriesBlock"}
    assert shown
    assert (shown == NO_CONTENT) is needs_content


def test_favicon_ico_redirects_to_icon(db: None, client: Client) -> None:
    response = client.get("/favicon.ico")
    assert response.status_code == 302
    assert finders.find(response["Location"].removeprefix(settings.STATIC_URL))


@pytest.mark.parametrize("path", ["/", "/account/login/"])
def test_pages_link_existing_icons(home: HomePage, client: Client, path: str) -> None:
    html = client.get(path).content.decode()
    icons = re.findall(r'<link rel="(?:apple-touch-)?icon" href="/static/([^"]+)"', html)
    assert len(icons) == 3
    assert all(finders.find(icon) for icon in icons)
