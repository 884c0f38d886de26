import re

import pytest
from django.test import Client
from django.urls import reverse

from issues.models import IssuePage
from mission.models import HomePage
from stories.models import StoryIndexPage, StoryPage
from tests import every_page, factories
from tests.test_roles import client_for
from tests.translation_workflow import spanish


def _html(client: Client, url: str) -> str:
    return client.get(url).content.decode()


@pytest.fixture
def stories(story_index: StoryIndexPage) -> StoryIndexPage:
    for title, quote in (("Told", "Arrests fell by 15.9 percent."), ("Percent of it", "Nothing")):
        factories.StoryPageFactory(parent=story_index, title=title, pull_quote=quote)
    story = StoryPage.objects.get(title="Told")
    copy = story.copy_for_translation(spanish(), copy_parents=True)
    copy.title = "Contado"
    copy.save_revision()
    copy.save()
    return story_index


@pytest.mark.usefixtures("cms_search")
@pytest.mark.parametrize("words", ["15.9", "percent", "Tol"])
def test_search_of_lists_finds_words_and_numbers_in_text(
    stories: StoryIndexPage, admin_client: Client, words: str
) -> None:
    expected = {"15.9": {"Told"}, "percent": {"Told", "Percent of it"}, "Tol": {"Told"}}[words]
    for url in (reverse("all-stories:index"), reverse("wagtailadmin_explore", args=[stories.pk])):
        html = _html(admin_client, f"{url}?q={words}")
        found = {title for title in ("Told", "Percent of it") if f">{title}<" in _compact(html)}
        assert found == expected, url


def _compact(html: str) -> str:
    return re.sub(r"\s*([<>])\s*", r"\1", html)


@pytest.mark.parametrize(
    ("language", "expected"), [("", {"Told"}), ("es", {"Contado"}), ("all", {"Told", "Contado"})]
)
def test_list_shows_main_language_unless_another_is_chosen(
    stories: StoryIndexPage, admin_client: Client, language: str, expected: set[str]
) -> None:
    html = _compact(_html(admin_client, f"{reverse('all-stories:index')}?locale={language}"))
    assert {title for title in ("Told", "Contado") if f">{title}<" in html} == expected


@pytest.mark.parametrize(("role", "may_order"), [("Editors", True), ("Writers", False)])
def test_issues_are_listed_in_their_order_with_link_to_change_it(
    home: HomePage, role: str, may_order: bool
) -> None:
    index = every_page.make_issue_index(home)
    for title in ("Zebra", "Apple"):
        factories.IssuePageFactory(parent=index, title=title).save_revision()
    html = _compact(_html(client_for(role), reverse("all-issues:index")))
    assert html.index(">Zebra<") < html.index(">Apple<")
    assert (f"/admin/pages/{index.pk}/?ordering=ord" in html) is may_order


def test_form_offers_issues_in_language_of_page_and_chosen_ones(
    stories: StoryIndexPage, home: HomePage, admin_client: Client
) -> None:
    index = every_page.make_issue_index(home)
    english = factories.IssuePageFactory(parent=index, title="Care")
    copy = english.copy_for_translation(spanish(), copy_parents=True)
    story = StoryPage.objects.get(title="Told")

    def offered() -> set[IssuePage]:
        edit = admin_client.get(reverse("wagtailadmin_pages:edit", args=[story.pk]))
        return set(edit.context["form"].fields["issues"].queryset)

    assert offered() == {english}
    story.issues.add(copy)
    story.save()
    story.save_revision()
    assert offered() == {english, copy}


@pytest.mark.parametrize(
    ("role", "expected"),
    [("Editors", {"issues", "stories"}), ("Story stewards", {"stories"})],
)
def test_menu_has_lists_of_pages_that_role_may_edit_or_add(
    stories: StoryIndexPage, home: HomePage, role: str, expected: set[str]
) -> None:
    every_page.make_issue_index(home)
    html = _html(client_for(role), reverse("wagtailadmin_home"))
    # There is no page below which news could be added.
    assert set(re.findall(r"/admin/all-(\w+)/", html)) == expected


@pytest.mark.parametrize(("role", "is_shown"), [("Editors", True), ("Writers", False)])
def test_report_of_aging_pages_is_offered_only_where_it_lists_pages(
    home: HomePage, role: str, is_shown: bool
) -> None:
    """It lists only the pages that the user may publish."""
    menu = client_for(role).get(reverse("wagtailadmin_home")).content.decode()
    assert (reverse("wagtailadmin_reports:aging_pages") in menu) == is_shown
