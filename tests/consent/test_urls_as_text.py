"""URLs of a withdrawn story that are written as text, and what site settings use."""

import pytest
from django.test import Client
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, Site

from consent import withdrawal
from mission.models import HomePage
from site_settings.models import SiteSettings
from stories.models import StoryIndexPage, StoryPage
from tests import factories

URLS = [
    "/stories/told/",
    "/stories/told",
    "/stories/told/?x=1&amp;y=2#quote",
    "/stories/told/photo/",
    "http://testserver/stories/told/",
    "https://www.example.org/stories/told?x=1",
    "www.example.org/stories/told/",
    "127.0.0.1:8300/stories/told",
    "/stories/old-slug/",
]
OTHER_URLS = [
    "/stories/told-2/",
    "/stories/",
    "/es/stories/told/",
    "/about/stories/told/",
    "/told/",
]


@pytest.fixture
def told(story_index: StoryIndexPage) -> StoryPage:
    """A story whose slug has been changed."""
    story = factories.StoryPageFactory(parent=story_index, title="Told", slug="old-slug")
    story.save_revision().publish()
    story.slug = "told"
    story.save_revision().publish()
    return story


def places(story: StoryPage) -> dict[str, list[str]]:
    plan = withdrawal.make_plan([story.consent])
    return {use.content_object.title: use.places for use in plan.uses}  # type: ignore[attr-defined]


@pytest.mark.parametrize("url", [*URLS, *OTHER_URLS])
def test_url_of_withdrawn_page_in_a_block_is_a_use(
    home: HomePage, told: StoryPage, url: str
) -> None:
    link = {"type": "text", "value": f'<p>See <a href="{url}">this</a></p>'}
    text = {"type": "text", "value": f"<p>Go to {url}, please</p>"}
    action = {"type": "action", "value": {"heading": "Read", "link_text": "Go", "url": url}}
    factories.StandardPageFactory(parent=home, title="Loaded", body=[link])
    draft = factories.StandardPageFactory(parent=home, title="Draft")
    draft.body = [text]
    draft.save_revision()
    older = factories.StandardPageFactory(parent=home, title="Older", body=[action])
    older.save_revision()
    older.body = []
    older.save_revision().publish()
    found = {"Loaded": ["Body"], "Draft": ["Body, in a draft"], "Older": ["1 older version"]}
    assert places(told) == (found if url in URLS else {})


@pytest.mark.parametrize("url", ["/stories/josé/", "/stories/jos%C3%A9/", "/stories/jos%c3%a9/"])
def test_url_of_withdrawn_page_is_a_use_in_either_encoding(
    home: HomePage, told: StoryPage, url: str
) -> None:
    told.slug = "josé"
    told.save()
    factories.StandardPageFactory(parent=home, title="About", summary=f"See {url}")
    assert places(told) == {"About": ["Summary"]}


def test_withdrawal_deletes_older_versions_with_its_url(home: HomePage, told: StoryPage) -> None:
    page = factories.StandardPageFactory(parent=home, summary="See /stories/told/")
    page.save_revision()
    page.summary = ""
    page.save_revision().publish()
    withdrawal.withdraw(withdrawal.make_plan([told.consent]))
    assert page.revisions.count() == 1


def test_site_settings_are_a_use(home: HomePage, told: StoryPage) -> None:
    photo = factories.picture("The face")
    settings = SiteSettings.for_site(Site.objects.get())
    settings.donate_url = "http://testserver/stories/told/"
    settings.share_picture = photo
    settings.footer_pages = [("page", Page.objects.get(pk=told.pk))]
    settings.save()
    (use,) = withdrawal.make_plan([told.consent]).uses
    assert use.content_object == settings
    assert use.places == ["Donation URL", "More pages in the footer → Page"]
    (use,) = withdrawal.make_plan([photo.consent]).uses
    assert (use.content_object, len(use.places)) == (settings, 1)


@pytest.mark.parametrize("url", [*URLS, *OTHER_URLS])
def test_redirect_to_url_of_withdrawn_page_is_gone(
    told: StoryPage, client: Client, url: str
) -> None:
    Redirect.objects.create(old_path="/short", redirect_link=url)
    Redirect.objects.create(old_path="/shorter", redirect_link="/short/?x=1")
    withdrawal.withdraw(withdrawal.make_plan([told.consent]))
    assert Redirect.objects.filter(old_path="/short").exists() is (url in OTHER_URLS)
    assert client.get("/short/").status_code == (410 if url in URLS else 301)


@pytest.mark.parametrize("path", ["/stories/told", "/stories/told/photo", "/stories/told?x=1"])
def test_redirect_from_url_of_withdrawn_page_is_deleted(told: StoryPage, path: str) -> None:
    Redirect.objects.create(old_path=path, redirect_link="/about/")
    Redirect.objects.create(old_path="/stories/told-2", redirect_link="/about/")
    withdrawal.withdraw(withdrawal.make_plan([told.consent]))
    assert list(Redirect.objects.values_list("old_path", flat=True)) == ["/stories/told-2"]
