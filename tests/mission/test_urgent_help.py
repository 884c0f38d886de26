import re
from types import SimpleNamespace

import pytest
from django.http import HttpResponse
from django.test import Client
from wagtail.blocks import StructBlockValidationError

from mission.blocks import CallBlock
from mission.models import HomePage, UrgentHelpPage
from tests import factories
from tests.every_page import PUBLIC_PATHS


@pytest.mark.parametrize("path", [path for path in PUBLIC_PATHS if path != "/urgent-help/"])
def test_each_page_links_to_urgent_help(responses: dict[str, HttpResponse], path: str) -> None:
    assert responses[path].status_code == (404 if path == "/not-here/" else 200)
    html = responses[path].content.decode()
    above, _header, below = html.partition("<header")
    assert 'href="/urgent-help/"' in above  # on narrow screens
    assert 'href="/urgent-help/"' in below.partition("</nav>")[0]  # on wide screens
    assert 'href="/urgent-help/"' in html.partition('<footer class="site-footer')[2]


def test_phone_number_is_tel_link(every_page: SimpleNamespace, client: Client) -> None:
    html = client.get("/urgent-help/").content.decode()
    assert html.count('href="tel:+15550100"') == 2
    assert "+1 (555) 0100" in html


def test_phone_number_requires_digits() -> None:
    block = CallBlock()
    with pytest.raises(StructBlockValidationError) as refused:
        block.clean(block.to_python({"telephone": "the office"}))
    assert "in digits" in str(refused.value.block_errors["telephone"])


def test_urgent_help_sections_are_in_order(every_page: SimpleNamespace, client: Client) -> None:
    html = client.get("/urgent-help/").content.decode()
    html = html[html.index("<main") :]
    order = ["<h1", "tel:", "<ol", "protection", 'id="lines"', "Guidance", "<img"]
    assert [html.index(mark) for mark in order] == sorted(html.index(mark) for mark in order)


def test_unchecked_urgent_help_shows_notice(every_page: SimpleNamespace, client: Client) -> None:
    assert "Not checked yet." in client.get("/urgent-help/").content.decode()
    every_page.urgent.checked_by = "A. Sample, nurse"
    every_page.urgent.save()
    html = client.get("/urgent-help/").content.decode()
    assert "Checked by A. Sample, nurse" in html
    assert "Not checked yet." not in html


def test_only_one_urgent_help_page_can_exist_and_is_linked_if_public(
    home: HomePage, client: Client
) -> None:
    assert "Urgent help" not in client.get("/").content.decode()
    page = factories.UrgentHelpPageFactory(parent=home, slug="urgent")
    assert 'href="/urgent/"' in client.get("/").content.decode()
    assert not UrgentHelpPage.can_create_at(home)
    page.unpublish()
    assert "Urgent help" not in client.get("/").content.decode()


def test_starter_urgent_help_starts_with_911(home: HomePage) -> None:
    from django.conf import settings

    words = (settings.BASE_DIR / "starter/urgent-help.md").read_text("utf-8")
    assert re.search(r'calls:\n  - label: Call\n    telephone: "911"', words)
    assert "checked_by" not in words  # nobody has checked the starter page yet
