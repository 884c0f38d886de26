import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import GroupPagePermission, Page

from cms.models import Link, LinkUse
from consent.models import ConsentRecord
from mission.models import HomePage
from staff.models import User
from stories.models import StoryIndexPage
from tests import factories

HEADINGS = ("Goes live next", "Due for review", "Consent ends", "Broken links")


@pytest.fixture
def writer(home: HomePage) -> User:
    """A user who may only edit the page “hers” and its descendants."""
    group = Group.objects.create(name="Hers")
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    hers = factories.StandardPageFactory(parent=home, slug="hers")
    permission = Permission.objects.get(
        codename="change_page", content_type__app_label="wagtailcore"
    )
    GroupPagePermission.objects.create(group=group, page=hers, permission=permission)
    user = factories.UserFactory(username="writer")
    user.groups.add(group)
    return user


def dashboard(user: User) -> str:
    client = Client()
    client.force_login(user)
    html = client.get("/admin/").content.decode()
    assert "w-dashboard" in html
    return " ".join(re.sub(r"<[^>]*>", " ", html.partition("w-dashboard")[2]).split())


def make_dashboard_items(home: HomePage, parent: Page) -> None:
    """Create a scheduled page, a page due for review and a page with a broken link."""
    soon = timezone.localdate() + timedelta(days=20)
    going = factories.StandardPageFactory(parent=parent, title="Going", live=False)
    going.go_live_at = timezone.now() + timedelta(days=3)
    going.save_revision().publish()
    factories.StandardPageFactory(parent=parent, title="Stale", next_review=soon)
    linking = factories.StandardPageFactory(parent=parent, title="Linking")
    link = Link.objects.create(
        url=f"https://gone.example/{parent.pk}",
        result="not-found",
        since=soon,
        last_checked=soon + timedelta(days=1),
    )
    LinkUse.objects.create(link=link, content_object=linking)


def test_dashboard_without_items_shows_message(home: HomePage, admin_user: User) -> None:
    words = dashboard(admin_user)
    assert "Nothing needs your attention." in words
    assert not [heading for heading in HEADINGS if heading in words]


def test_dashboard_panels_are_ordered_by_urgency(
    home: HomePage, story_index: StoryIndexPage, admin_user: User
) -> None:
    make_dashboard_items(home, home)
    ends = factories.consent(expires_on=timezone.localdate() + timedelta(days=50))
    factories.StoryPageFactory(parent=story_index, title="Ending", consent=ends)
    mine = factories.StandardPageFactory(
        parent=home, title="Mine", live=False, owner=admin_user, slug="mine"
    )
    mine.save_revision(user=admin_user)
    words = dashboard(admin_user)
    order = ["Your drafts", "Mine Not public yet", *HEADINGS]
    places = [words.index(heading) for heading in order]
    assert places == sorted(places)
    assert "(America/New_York)" in words
    assert "Due on" in words
    assert "Ending story, " in words
    assert f"https://gone.example/{home.pk}: not found" in words
    assert "Nothing needs" not in words


def test_dashboard_and_report_show_only_editable_pages(home: HomePage, writer: User) -> None:
    elsewhere = factories.StandardPageFactory(parent=home, slug="elsewhere")
    make_dashboard_items(home, elsewhere)
    words = dashboard(writer)
    assert "Nothing needs your attention." in words
    assert not [heading for heading in HEADINGS if heading in words]
    make_dashboard_items(home, Page.objects.get(slug="hers"))
    words = dashboard(writer)
    assert [heading for heading in HEADINGS if heading in words] == [HEADINGS[i] for i in (0, 1, 3)]
    assert f"gone.example/{elsewhere.pk}" not in words
    client = Client()
    client.force_login(writer)
    report = client.get("/admin/reports/links/").content.decode()
    assert "https://gone.example/" in report
    assert f"gone.example/{elsewhere.pk}" not in report


def test_drafts_panel_excludes_unpublished_and_scheduled_pages(
    home: HomePage, admin_user: User
) -> None:
    down = factories.StandardPageFactory(parent=home, title="Taken", owner=admin_user)
    down.save_revision(user=admin_user).publish()
    down.refresh_from_db()
    down.unpublish()
    later = factories.StandardPageFactory(parent=home, title="Later", owner=admin_user, live=False)
    later.go_live_at = timezone.now() + timedelta(days=3)
    later.save_revision(user=admin_user).publish()
    words = dashboard(admin_user)
    assert "Nothing needs your attention." in words
    down.title = "Taken, and begun anew"
    down.save_revision(user=admin_user)
    assert "Taken, and begun anew" in dashboard(admin_user)


def test_consent_panel_links_once_to_each_record_and_to_the_list(
    story_index: StoryIndexPage, admin_client: Client
) -> None:
    soon = timezone.localdate() + timedelta(days=50)
    records = [factories.consent(expires_on=soon) for _each in range(6)]
    for record in records:
        factories.StoryPageFactory(parent=story_index, consent=record)
    factories.StoryPageFactory(parent=story_index, title="A copy", consent=records[0])
    html = admin_client.get("/admin/").content.decode()
    screen = reverse("consent:inspect", args=[records[0].pk])
    assert html.count(f'href="{screen}"') == 1
    list_url = f"{reverse('consent:index')}?state=soon"
    assert f'<a href="{list_url}">See all 6</a>' in html
    assert len(admin_client.get(list_url).context["object_list"]) == 6


def test_panel_shows_five_pages_and_link_to_all(home: HomePage, admin_client: Client) -> None:
    soon = timezone.localdate()
    for _each in range(7):
        factories.StandardPageFactory(parent=home, next_review=soon)
    html = admin_client.get("/admin/").content.decode()
    assert html.count("Due on") == 5
    all_of_them = re.search(r'<a href="([^"]+)">See all 7</a>', html)
    assert all_of_them
    listing = admin_client.get(all_of_them[1].replace("&amp;", "&")).content.decode()
    assert len(set(re.findall(r'id="page_(\d+)_title"', listing))) == 7


def listed_titles(client: Client, path: str) -> list[str]:
    response = client.get(path)
    assert response.status_code == 200
    return re.findall(r'id="page_\d+_title">\s*([^<]+?)\s*<', response.content.decode())


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", {"A story", "Voice only", "Draft", "Later"}),
        ("status=draft", {"Draft", "Later"}),
        ("status=live", {"A story", "Voice only"}),
        ("status=changed", {"Voice only"}),
        ("status=scheduled", {"Later"}),
        ("review=overdue", {"Voice only"}),
        ("review=due", {"A story", "Voice only"}),
        ("consent=ended", {"Draft"}),
        ("consent=due", {"Draft", "Later"}),
        ("is_sample=true", {"A story"}),
        ("issues=ISSUE", {"A story"}),
    ],
)
def test_story_listing_filters(
    every_page: SimpleNamespace, admin_client: Client, query: str, titles: set[str]
) -> None:
    today = timezone.localdate()
    factories.StoryPageFactory(
        parent=every_page.story_index,
        title="Draft",
        live=False,
        consent=factories.consent(expires_on=today),
    )
    later = factories.StoryPageFactory(
        parent=every_page.story_index,
        title="Later",
        live=False,
        consent=factories.consent(expires_on=today + timedelta(days=100)),
        go_live_at=timezone.now() + timedelta(days=1),
    )
    later.save_revision().publish()
    every_page.story.next_review = today + timedelta(days=20)
    every_page.story.save()
    every_page.voice.next_review = today - timedelta(days=1)
    every_page.voice.save_revision().publish()
    every_page.voice.save_revision()
    query = query.replace("ISSUE", str(every_page.issue.pk))
    found = listed_titles(admin_client, f"/admin/all-stories/?{query}")
    assert set(found) == titles


def test_listings_show_picture_editor_and_review(
    every_page: SimpleNamespace, admin_client: Client, admin_user: User
) -> None:
    issue = every_page.issue
    issue.next_review = timezone.localdate()
    admin_user.first_name, admin_user.last_name = "Ana", "Ruiz"
    admin_user.save()
    issue.save_revision(user=admin_user).publish()
    for path in ("/admin/all-issues/", f"/admin/pages/{every_page.issue_index.pk}/"):
        html = admin_client.get(path).content.decode()
        assert "Ana Ruiz" in html
        assert "/media/images/" in html
        assert "Next review" in html


def test_story_listing_query_count_is_constant(
    every_page: SimpleNamespace, admin_client: Client
) -> None:
    def queries(rows: int) -> int:
        admin_client.get("/admin/all-stories/")
        with CaptureQueriesContext(connection) as captured:
            assert len(listed_titles(admin_client, "/admin/all-stories/")) == rows
        return len(captured.captured_queries)

    before = queries(2)
    for number in range(6):
        factories.StoryPageFactory(
            parent=every_page.story_index, portrait=factories.picture(f"Face {number}")
        )
    assert queries(8) <= before


def test_scheduled_panel_says_what_cannot_go_live(
    story_index: StoryIndexPage, admin_user: User
) -> None:
    for title, for_site in (("Allowed", True), ("Narrowed", False)):
        record = factories.consent()
        story = factories.StoryPageFactory(
            parent=story_index, title=title, live=False, consent=record
        )
        story.go_live_at = timezone.now() + timedelta(days=3)
        story.save_revision().publish()
        ConsentRecord.objects.filter(pk=record.pk).update(for_site=for_site)
    words = dashboard(admin_user)
    assert words.count("Cannot go live") == 1
    refused = "Cannot go live as it is: There is no permission to show it here."
    assert refused in words.partition("Narrowed")[2]
