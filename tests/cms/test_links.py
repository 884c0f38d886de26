import json
from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from unittest import mock

import pytest
from django.core.management import call_command
from django.test import Client
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Site

from cms.internal_links import is_internal, is_reachable
from cms.links import find_urls, reindex_links
from cms.models import Link
from mission.models import HomePage
from site_settings.models import SiteSettings
from stories.models import StoryPage
from tests import factories

Result = Link.Result


class FakeLinkChecker:
    """Returns `result` for every URL and records the URLs."""

    def __init__(self, result: Result = Result.WORKS) -> None:
        self.result, self.requested = result, []

    def check(self, url: str) -> Result:
        self.requested.append(url)
        return self.result


@pytest.fixture
def page_with_link(home: HomePage) -> HomePage:
    home.mission = '<p><a href="https://gone.example/">Words</a></p>'
    home.save_revision().publish()
    return home


@pytest.fixture
def day() -> Iterator[mock.Mock]:
    with mock.patch("cms.management.commands.check_links.localdate") as day:
        day.return_value = date(2026, 11, 1)
        yield day


def test_links_are_found_in_all_field_types(home: HomePage) -> None:
    page = factories.IssuePageFactory.build(
        summary="See https://summary.example/a, please.",
        what_we_do='<p><a href="https://text.example/?a=1&amp;b=2">x</a> <a href="/own/">y</a></p>',
        claims=json.dumps([{"type": "claim", "value": {"url": "https://claim.example/"}}]),
        body=json.dumps(
            [
                {
                    "type": "text",
                    "value": '<p><a linktype="page" id="7">x</a>'
                    '<a id="8" linktype="page">y</a><a linktype="document" id="9">z</a></p>',
                },
                {
                    "type": "accordion",
                    "value": {
                        "answers": [
                            {"answer": '<p><a href="https://deep.example/">x</a></p>'},
                        ]
                    },
                },
            ]
        ),
    )
    assert find_urls(page) == {
        "https://summary.example/a",
        "https://text.example/?a=1&b=2",
        "/own/",
        "https://claim.example/",
        "page:7",
        "page:8",
        "https://deep.example/",
    }


def test_links_are_found_in_site_settings(home: HomePage) -> None:
    SiteSettings.objects.create(
        site=Site.objects.get(),
        donate_url="https://donate.example/",
        social_links="Mastodon https://social.example/@us\nOther https://other.example/",
        quick_exit_url="https://weather.example/",
    )
    assert set(Link.objects.values_list("url", flat=True)) == {
        "https://donate.example/",
        "https://social.example/@us",
        "https://other.example/",
        "https://weather.example/",
    }


def test_link_is_removed_when_changed_or_unpublished(page_with_link: HomePage) -> None:
    assert [use.content_object for use in Link.objects.get().uses.all()] == [page_with_link]
    page_with_link.mission = '<p><a href="https://there.example/">Words</a></p>'
    page_with_link.save_revision().publish()
    assert Link.objects.get().url == "https://there.example/"
    page_with_link.unpublish()
    assert not Link.objects.exists()


def test_links_of_deleted_page_are_removed(
    every_page: SimpleNamespace,
) -> None:
    story = every_page.story
    story.body = json.dumps([{"type": "text", "value": '<a href="https://hers.example/">x</a>'}])
    story.save_revision().publish()
    assert Link.objects.filter(url="https://hers.example/").exists()
    StoryPage.objects.get(pk=story.pk).delete()
    assert not Link.objects.filter(url="https://hers.example/").exists()


def test_link_is_broken_after_failures_on_two_days(
    page_with_link: HomePage, day: mock.Mock
) -> None:
    silent = FakeLinkChecker(Result.NO_RESPONSE)
    for _twice in range(2):
        call_command("check_links", now=True, checker=silent)
        assert not Link.objects.broken().exists()
    day.return_value = date(2026, 11, 2)
    call_command("check_links", now=True, checker=FakeLinkChecker(Result.NOT_FOUND))
    link = Link.objects.broken().get()
    assert link.since == date(2026, 11, 1)
    assert link.get_result_display() == "not found"
    day.return_value = date(2026, 11, 3)
    call_command("check_links", now=True, checker=FakeLinkChecker())
    assert not Link.objects.broken().exists()
    assert Link.objects.get().since == date(2026, 11, 3)
    day.return_value = date(2026, 11, 4)
    call_command("check_links", now=True, checker=silent)
    assert not Link.objects.broken().exists()


@pytest.mark.parametrize(("hour", "visits"), [(0, 0), (1, 1), (4, 1), (5, 0), (13, 0)])
def test_check_links_visits_each_url_once_between_1_and_5_am(
    page_with_link: HomePage, day: mock.Mock, settings: SimpleNamespace, hour: int, visits: int
) -> None:
    settings.LINK_CHECK_SECONDS = 20
    checker = FakeLinkChecker()
    with mock.patch("cms.management.commands.check_links.localtime") as now:
        now.return_value.hour = hour
        for _minute in range(3):
            call_command("check_links", checker=checker)
    assert len(checker.requested) == visits


def test_check_links_stops_after_time_limit(
    page_with_link: HomePage, day: mock.Mock, settings: SimpleNamespace
) -> None:
    settings.LINK_CHECK_SECONDS = 0
    checker = FakeLinkChecker()
    with mock.patch("cms.management.commands.check_links.localtime") as now:
        now.return_value.hour = 2
        call_command("check_links", checker=checker)
        assert not checker.requested
        assert Link.objects.get().last_checked is None
        settings.LINK_CHECK_SECONDS = 20
        call_command("check_links", checker=checker)
    assert checker.requested == ["https://gone.example/"]


def test_internal_links_are_resolved_without_requests(home: HomePage) -> None:
    draft = factories.StandardPageFactory(parent=home, slug="draft", live=False)
    factories.StandardPageFactory(parent=home, slug="about")
    home.mission = (
        f'<p><a linktype="page" id="{draft.pk}">x</a><a linktype="page" id="{home.pk}">y</a>'
        '<a href="http://testserver/about/?a=b#c">x</a><a href="http://testserver/gone/">x</a></p>'
    )
    home.save_revision().publish()
    checker = FakeLinkChecker()
    call_command("check_links", now=True, checker=checker)
    assert not checker.requested
    broken = {str(link): link.result for link in Link.objects.broken()}
    assert broken == {draft.title: Result.NOT_PUBLIC, "http://testserver/gone/": Result.NOT_PUBLIC}


def test_since_is_the_day_on_which_a_link_broke_or_worked_again(db: None) -> None:
    link = Link.objects.create(url="/about/")
    days = [date(2026, 1, day) for day in range(1, 8)]
    results = ("works", "not-public", "not-public", "works", "error", "not-found", "blocked")
    since = []
    for day, result in zip(days, results, strict=True):
        link.record_check(result, day)
        since.append(link.since.day if link.since else None)
    assert since == [1, 2, 2, 4, 5, 5, 7]


def test_is_reachable_resolves_internal_urls(every_page: SimpleNamespace) -> None:
    Redirect.add_redirect("/?p=937", redirect_to="/about/")
    Redirect.add_redirect("/old/", redirect_to="/about/")
    good = ("/", "/about/", "/about", "/stories/feed/", "/search/?q=x", "/old/", "/?p=937")
    for path in good:
        assert is_reachable(f"http://testserver{path}"), path
        assert is_reachable(path), path
    for path in ("/nothing/", "/es/about/", "/documents/99/none.pdf", "/about/below/"):
        assert not is_reachable(path), path
    assert is_internal("/about/")
    assert is_internal("http://localhost/x")  # the host of SITE_URL
    assert not is_internal("https://www.example.org/")


def test_reindex_keeps_check_results(page_with_link: HomePage, day: mock.Mock) -> None:
    call_command("check_links", now=True, checker=FakeLinkChecker())
    before = Link.objects.values().get()
    reindex_links()
    assert Link.objects.values().get() == before
    assert Link.objects.get().uses.count() == 1


def test_broken_links_report_shows_page_result_and_date(
    page_with_link: HomePage, admin_client: Client
) -> None:
    assert (
        "There are no broken links." in admin_client.get("/admin/reports/links/").content.decode()
    )
    Link.objects.update(
        result=Result.NOT_FOUND, since=date(2026, 11, 1), last_checked=date(2026, 11, 3)
    )
    html = admin_client.get("/admin/reports/links/").content.decode()
    for words in (
        "https://gone.example/",
        "not found",
        "Nov. 1, 2026",
        f"/admin/pages/{page_with_link.pk}/edit/",
    ):
        assert words in html


def test_check_links_reports_invalid_urls_and_continues(home: HomePage) -> None:
    ours = "http://localhost//[x", "http://localhost//℀", "http://localhost/%00//["
    home.mission = (
        f"<p>See http://[ and http://[x/ and {' '.join(ours)} and https://example.org/.</p>"
    )
    home.save_revision().publish()
    call_command("check_links", now=True, checker=FakeLinkChecker())
    results = dict(Link.objects.filter(url__contains="//").values_list("url", "result"))
    assert results["http://["] == results["http://[x/"] == Result.NO_RESPONSE
    assert {results[url] for url in ours} == {Result.NOT_PUBLIC}
    assert results["https://example.org/"] == Result.WORKS


def test_check_result_does_not_insert_deleted_link(home: HomePage) -> None:
    link = Link.objects.create(url="https://example.org/rosa")
    Link.objects.all().delete()
    link.record_check(Result.WORKS, date(2026, 1, 31))
    assert not Link.objects.exists()
