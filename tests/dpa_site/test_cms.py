"""What the CMS looks like to those who work in it."""

import re
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from wagtail.blocks import Block
from wagtail.models import Page, Site

from mission.models import HomePage
from site_settings.models import SiteSettings
from staff.models import User
from tests.test_architecture import BLOCKS

NOTHING = "There is nothing on this site to show here yet."
BEFORE_LOGGING_IN = ("/account/login/", "/admin/password_reset/", "/admin/password_reset/done/")


@pytest.fixture
def named(home: HomePage) -> None:
    SiteSettings.objects.create(site=Site.objects.get(), organization="Neighbors & Friends")


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.mark.parametrize("path", BEFORE_LOGGING_IN)
def test_log_in_and_password_pages_are_ours(named: None, client: Client, path: str) -> None:
    html = client.get(path).content.decode()
    assert re.search(r"<title>[^<]+ - Neighbors &amp; Friends</title>", html)
    assert '<link rel="stylesheet" href="/static/css/admin.css">' in html
    assert "/static/img/favicon.svg" in html
    assert "wagtailadmin/images" not in html


def test_the_log_in_page_says_whose_it_is(named: None, client: Client) -> None:
    html = client.get("/account/login/").content.decode()
    heading = re.search(r"<h1>(.*?)</h1>", html, re.DOTALL)
    assert heading
    assert words(heading[1]) == "Sign in to Neighbors &amp; Friends"


def test_until_there_is_a_name_the_address_stands_for_it(home: HomePage, client: Client) -> None:
    html = client.get("/account/login/").content.decode()
    assert words(html).count("testserver") == 2  # in the title and in the heading


@pytest.mark.parametrize("one_time", [False, True], ids=["dashboard", "first password"])
def test_the_menu_carries_the_name(named: None, client: Client, one_time: bool) -> None:
    user = User.objects.create_superuser("ana", "ana@example.org", "a long password")
    user.must_change_password = one_time
    user.save()
    client.force_login(user)
    html = client.get("/admin/", follow=True).content.decode()
    logo = re.search(r"sidebar-branding-logo>(.*?)</template>", html, re.DOTALL)
    assert logo
    assert 'class="mark"' in logo[1]
    assert words(logo[1]) == "Neighbors &amp; Friends"


def test_the_dashboard_is_headed_with_the_name(named: None, admin_client: Client) -> None:
    html = admin_client.get("/admin/").content.decode()
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
    assert heading
    assert words(heading[1]) == "Neighbors &amp; Friends"


def preview(client: Client, block: Block) -> str:
    """What the frame in the block picker shows."""
    response = client.get(reverse("wagtailadmin_block_preview"), {"id": block.definition_prefix})
    assert response.status_code == 200
    html = response.content.decode()
    assert '<link rel="stylesheet" href="/static/css/site.css">' in html
    assert "Content-Security-Policy" in response.headers
    return words(html.partition("<main")[2].partition(">")[2])


def test_each_block_has_a_preview(every_page: SimpleNamespace, admin_client: Client) -> None:
    for block in BLOCKS:
        assert block.is_previewable, block
        shown = preview(admin_client, block)
        assert shown, block
        assert shown != NOTHING, block


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: type(block).__name__)
def test_on_an_empty_site_no_preview_is_blank(
    block: Block, home: Page, admin_client: Client
) -> None:
    shown = preview(admin_client, block)
    needs_content = type(block).__name__ in {"FigureBlock", "IssueAreasBlock", "StoriesBlock"}
    assert shown
    assert (shown == NOTHING) is needs_content


def test_the_address_that_browsers_guess_leads_to_the_icon(db: None, client: Client) -> None:
    response = client.get("/favicon.ico")
    assert response.status_code == 302
    assert finders.find(response["Location"].removeprefix(settings.STATIC_URL))


@pytest.mark.parametrize("path", ["/", "/account/login/"])
def test_pages_name_icons_that_exist(home: HomePage, client: Client, path: str) -> None:
    html = client.get(path).content.decode()
    icons = re.findall(r'<link rel="(?:apple-touch-)?icon" href="/static/([^"]+)"', html)
    assert len(icons) == 3
    assert all(finders.find(icon) for icon in icons)
