"""Validation that applies to publishing but not to drafts."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from mission.models import HomePage, StandardPage
from tests import factories

ACTION = {"heading": "Act", "text": "", "link_text": "Go", "url": "https://www.example.org/"}


@pytest.fixture
def page(home: HomePage) -> StandardPage:
    return factories.StandardPageFactory(parent=home, title="Page", slug="page")


def send(client: Client, page: StandardPage, button: str = "", **values: object) -> HttpResponse:
    data = {
        "title": page.title,
        "slug": page.slug,
        "summary": "",
        "lead_caption": "",
        "body": streamfield([]),
        "corrections": streamfield([]),
        "comments": {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0},
        **values,
    }
    data |= {button: "1"} if button else {}
    return client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), nested_form_data(data))


def latest_revision(page: StandardPage) -> StandardPage:
    return StandardPage.objects.get(pk=page.pk).get_latest_revision_as_object()


def test_draft_accepts_long_summary_but_publishing_rejects_it(
    admin_client: Client, page: StandardPage
) -> None:
    summary = "word " * 101
    send(admin_client, page, summary=summary)
    assert latest_revision(page).summary == summary.strip()
    response = send(admin_client, page, "action-publish", summary=summary)
    assert "This text has 101 words. Use at most 100." in response.content.decode()
    assert not StandardPage.objects.get(pk=page.pk).summary
    send(admin_client, page, "action-publish", summary="word " * 100)
    assert StandardPage.objects.get(pk=page.pk).summary


def test_draft_accepts_action_with_page_and_url_but_publishing_rejects_it(
    admin_client: Client, page: StandardPage
) -> None:
    body = streamfield([("action", ACTION | {"page": page.pk})])
    send(admin_client, page, body=body)
    assert latest_revision(page).body[0].value["url"] == ACTION["url"]
    response = send(admin_client, page, "action-publish", body=body)
    assert "You entered both a page and a URL. Remove one of them." in response.content.decode()
    assert not StandardPage.objects.get(pk=page.pk).body


def test_rich_text_strips_disallowed_markup(admin_client: Client, page: StandardPage) -> None:
    wild = (
        '<h1>Large</h1><p style="color:red">Words <img src="https://elsewhere.example/x.gif"/>'
        '<i>slanted</i></p><script>alert(1)</script><embed embedtype="media" url="https://v.example/">'
    )
    features = page.body.stream_block.child_blocks["text"].features
    body = streamfield([("text", rich_text(wild, features=features))])
    send(admin_client, page, "action-publish", body=body)
    html = str(StandardPage.objects.get(pk=page.pk).body)
    assert "Words" in html
    for tag in ("<h1", "style=", "<img", "<i>", "<script", "<embed", "<iframe"):
        assert tag not in html
