import re
from types import SimpleNamespace

import html5lib
import pytest
from django.test import Client
from django.utils.timezone import localdate
from wagtail.models import Page, PageViewRestriction

from consent.models import ConsentRecord
from issues.models import IssueIndexPage
from mission.models import HomePage
from tests import factories


def save(client: Client, page: Page) -> str:
    response = client.get(f"/-/save/{page.pk}/")
    assert response.status_code == 200
    return response.content.decode()


def test_offline_copy_exists_for_some_types_and_has_neutral_file_name(
    every_page: SimpleNamespace, client: Client
) -> None:
    ConsentRecord.objects.update(for_print=False)
    offering = ("issue", "news", "about", "urgent")
    for name in (*offering, "home", "issue_index", "story_index", "news_index", "story", "action"):
        page = getattr(every_page, name)
        link = f'href="/-/save/{page.pk}/"'
        assert (link in client.get(page.url).content.decode()) == (name in offering), name
        response = client.get(f"/-/save/{page.pk}/")
        assert response.status_code == (200 if name in offering else 404), name
    response = client.get(f"/-/save/{every_page.issue.pk}/")
    assert response["Content-Disposition"] == f'attachment; filename="page-{localdate()}.html"'
    assert response["X-Robots-Tag"] == "noindex"
    assert not response.cookies
    assert response["Vary"] == "Accept-Encoding"


def test_offline_copy_is_complete_and_makes_no_requests(
    every_page: SimpleNamespace, client: Client
) -> None:
    ConsentRecord.objects.update(for_print=True)
    for page in (every_page.issue, every_page.news, every_page.urgent, every_page.about):
        file = save(client, page)
        html5lib.HTMLParser(strict=True).parse(file)
        assert page.title.split("&")[0] in file
        assert not re.search(r"<(?:script|link|iframe|form|source|object)\b", file)
        for url in re.findall(r'\b(?:src|srcset|poster)="([^"]*)"', file):
            assert url.startswith("data:image/")
        for url in re.findall(r'\bhref="([^"]*)"', file):
            assert re.match(r"#|https?://|tel:|mailto:", url), url
        assert "url(" not in file.partition("<body>")[0]
        assert "Saved on " in file
        assert "A year was wrong." in file
    issue = save(client, every_page.issue)
    assert issue.count('src="data:image/webp;base64,') == 2
    for words in (
        *("A statement that a reader can check.", "Title of the report", "In some states."),
        *("<b>when they ask</b>", "We <b>work</b>."),
    ):
        assert words in issue
    assert 'src="data:image/svg+xml;base64,' in save(client, every_page.urgent)


def test_offline_copy_requires_consent_for_print(
    every_page: SimpleNamespace, client: Client
) -> None:
    ConsentRecord.objects.update(for_print=False)
    assert "<img" not in save(client, every_page.issue)
    assert "A story" not in save(client, every_page.issue)  # the story has no consent for print
    ConsentRecord.objects.filter(pk=every_page.story.consent_id).update(for_print=True)
    assert f"/-/save/{every_page.story.pk}/" in client.get(every_page.story.url).content.decode()
    assert "Words of hers" in save(client, every_page.story)


def test_offline_copy_replaces_excess_pictures_by_alt_text(
    every_page: SimpleNamespace, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ConsentRecord.objects.update(for_print=True)
    assert "<img" in save(client, every_page.issue)
    monkeypatch.setattr("mission.offline_copy.MAX_BYTES", 1024)
    file = save(client, every_page.issue)
    assert "<img" not in file
    assert file.count("<p>Picture: ") == 2


def test_offline_copy_requires_public_page(
    home: HomePage, issue_index: IssueIndexPage, client: Client
) -> None:
    page = factories.IssuePageFactory(parent=issue_index, title="Care")
    page.title = "A draft of it"
    page.save_revision()
    assert "A draft of it" not in save(client, page)
    restriction = PageViewRestriction.objects.create(page=page, restriction_type="login")
    assert client.get(f"/-/save/{page.pk}/").status_code == 404
    restriction.delete()
    page.refresh_from_db()
    page.unpublish()
    assert client.get(f"/-/save/{page.pk}/").status_code == 404
    assert client.get(f"/-/save/{10**30}/").status_code == 404
    assert client.post(f"/-/save/{page.pk}/").status_code == 405
