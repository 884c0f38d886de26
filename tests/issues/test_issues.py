import re
from datetime import date

from django.test import Client
from django.utils.translation import override

from issues.models import IssueIndexPage, IssuePage
from news.models import NewsIndexPage
from stories.models import StoryIndexPage
from tests import factories


def test_issue_has_number_and_neighbors(issue_index: IssueIndexPage, client: Client) -> None:
    one, _draft, two, three = (
        factories.IssuePageFactory(parent=issue_index, title=title, live=title != "Draft")
        for title in ("One", "Draft", "Two", "Three")
    )
    assert two.neighbors == {"number": 2, "total": 3, "previous": one, "next": three}
    html = client.get(two.url).content.decode()
    assert "2 of 3" in html
    assert 'href="/issues/one/"' in html
    assert 'href="/issues/three/"' in html
    assert one.neighbors["previous"] is None
    assert three.neighbors["next"] is None


def test_draft_issue_has_no_number(issue_index: IssueIndexPage) -> None:
    draft = factories.IssuePageFactory(parent=issue_index, live=False)
    assert draft.neighbors["number"] is None


def test_issue_shows_its_public_stories(
    issue_index: IssueIndexPage, story_index: StoryIndexPage, client: Client
) -> None:
    issue = factories.IssuePageFactory(parent=issue_index)
    for title, live in (("Told", True), ("Not told yet", False)):
        story = factories.StoryPageFactory(parent=story_index, title=title, live=live)
        story.issues.add(issue)
        story.save()
    html = client.get(issue.url).content.decode()
    assert "Told" in html
    assert "Not told yet" not in html


def test_issue_index_has_only_issues_and_issue_has_no_subpages(issue_index: IssueIndexPage) -> None:
    assert IssueIndexPage.allowed_subpage_models() == [IssuePage]
    assert IssuePage.allowed_subpage_models() == []


def test_issue_index_exists_once(issue_index: IssueIndexPage) -> None:
    home = issue_index.get_parent()
    assert not IssueIndexPage.can_create_at(home)
    issue_index.delete()
    assert IssueIndexPage.can_create_at(home)


def test_issue_shows_review_date_and_corrections(
    issue_index: IssueIndexPage, client: Client
) -> None:
    issue = factories.IssuePageFactory(
        parent=issue_index,
        last_reviewed=date(2026, 1, 31),
        corrections=[
            {"type": "correction", "value": {"date": "2026-02-01", "text": "The year was 2020."}}
        ],
    )
    with override("en"):
        html = client.get(issue.url).content.decode()
    assert "Jan. 31, 2026" in html
    assert "The year was 2020." in html


def test_breadcrumbs_link_to_ancestors(issue_index: IssueIndexPage, client: Client) -> None:
    issue = factories.IssuePageFactory(parent=issue_index)
    html = client.get(issue.url).content.decode()
    trail = html[html.index('aria-label="Breadcrumb"') :].split("</nav>")[0]
    assert 'href="/issues/"' in trail
    above = client.get("/issues/")
    assert above.status_code == 200
    assert 'aria-label="Breadcrumb"' not in above.content.decode()


def test_issue_lists_its_three_latest_news(
    issue_index: IssueIndexPage, news_index: NewsIndexPage, client: Client
) -> None:
    issue = factories.IssuePageFactory(parent=issue_index)
    for day in range(1, 5):
        item = factories.NewsPageFactory(
            parent=news_index, title=f"News of day {day}", published_on=date(2026, 1, day)
        )
        item.issues.add(issue)
        item.save()
    factories.NewsPageFactory(parent=news_index, title="News of another issue")
    html = client.get(issue.url).content.decode()
    assert re.findall(r"News of [a-z]+ \w+", html) == [f"News of day {day}" for day in (4, 3, 2)]
