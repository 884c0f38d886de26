from django.test import Client

from issues.models import IssueIndexPage, IssuePage
from mission.models import HomePage, StandardPage
from stories.models import StoryIndexPage
from tests import factories
from tests.content_files.test_load_content import headings

SECTIONS = [
    {"type": "issue_areas", "value": {"heading": "Issue areas"}},
    {"type": "stories", "value": {"heading": "Stories", "stories": []}},
]


def set_sections(home: HomePage, value: list) -> None:
    home.sections = value
    home.save()


def shown(client: Client) -> list[str]:
    response = client.get("/")
    assert response.status_code == 200
    return headings(response.content.decode(), 3)


def test_home_page_lists_issues_in_tree_order(
    home: HomePage, issue_index: IssueIndexPage, client: Client
) -> None:
    set_sections(home, SECTIONS)
    for title in ("One", "Two", "Three"):
        factories.IssuePageFactory(parent=issue_index, title=title)
    assert shown(client) == ["One", "Two", "Three"]
    IssuePage.objects.get(title="Three").move(IssuePage.objects.get(title="One"), pos="left")
    assert shown(client) == ["Three", "One", "Two"]


def test_home_page_omits_draft_and_private_issues(
    home: HomePage, issue_index: IssueIndexPage, client: Client
) -> None:
    set_sections(home, SECTIONS)
    factories.IssuePageFactory(parent=issue_index, title="Draft", live=False)
    private = factories.IssuePageFactory(parent=issue_index, title="Private")
    private.view_restrictions.create(restriction_type="login")
    factories.IssuePageFactory(parent=issue_index, title="Public")
    assert shown(client) == ["Public"]


def test_home_page_omits_issues_below_private_page(
    home: HomePage, issue_index: IssueIndexPage, client: Client
) -> None:
    set_sections(home, SECTIONS)
    factories.IssuePageFactory(parent=issue_index, title="Below a private list")
    issue_index.view_restrictions.create(restriction_type="login")
    assert shown(client) == []
    assert b"/issues/" not in client.get("/").content


def test_stories_block_shows_latest_three_or_chosen(
    home: HomePage, story_index: StoryIndexPage, client: Client
) -> None:
    set_sections(home, SECTIONS)
    stories = [factories.StoryPageFactory(parent=story_index, title=f"S{n}") for n in range(5)]
    for story in stories:
        story.save_revision().publish()
    assert shown(client) == ["S4", "S3", "S2"]
    chosen = [stories[1].pk, stories[4].pk, stories[0].pk]
    set_sections(home, [{"type": "stories", "value": {"heading": "S", "stories": chosen}}])
    assert shown(client) == ["S1", "S4", "S0"]
    stories[4].unpublish()
    assert shown(client) == ["S1", "S0"]


def test_join_button_requires_live_page(home: HomePage, client: Client) -> None:
    join: StandardPage = factories.StandardPageFactory(parent=home, title="Join", live=False)
    home.join_text, home.join_page = "Join us", join
    home.save()
    assert b"Join us" not in client.get("/").content
    join.save_revision().publish()
    assert b"Join us" in client.get("/").content


def test_links_to_non_public_pages_are_left_out(
    home: HomePage, story_index: StoryIndexPage, client: Client
) -> None:
    secret = factories.StandardPageFactory(parent=home, title="T", slug="secret-campaign")
    secret.view_restrictions.create(restriction_type="login")
    draft = factories.StoryPageFactory(parent=story_index, slug="her-real-name", live=False)
    link = '<a linktype="page" id="{}">words</a>'
    home.join_text, home.join_page = "Join us", secret
    home.mission = f"<p>{link.format(draft.pk)} {link.format(secret.pk)}</p>"
    set_sections(
        home,
        [
            {"type": "action", "value": {"heading": "A", "link_text": "B", "page": secret.pk}},
            {"type": "text", "value": f"<p>{link.format(draft.pk)}</p>"},
        ],
    )
    html = client.get("/").content.decode()
    assert "secret-campaign" not in html
    assert "her-real-name" not in html
    assert "words" in html
    draft.save_revision().publish()
    assert "/stories/her-real-name/" in client.get("/").content.decode()


def test_menu_contains_public_pages_with_show_in_menus(
    home: HomePage, issue_index: IssueIndexPage, client: Client
) -> None:
    factories.StandardPageFactory(parent=home, title="Quiet page")
    factories.StandardPageFactory(parent=home, title="Draft page", live=False, show_in_menus=True)
    issue = factories.IssuePageFactory(parent=issue_index, slug="one")
    html = client.get(issue.url).content.decode()
    header = html[: html.index("</header>")]
    assert '<a href="/issues/" aria-current="true">Issues</a>' in header
    assert "Quiet page" not in header
    assert "Draft page" not in html
    assert "Quiet page" not in html
