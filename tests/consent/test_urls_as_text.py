"""Withdrawal finds URLs of a story that are stored as text, also in the site settings."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.core.files.base import ContentFile
from django.db.models import Model
from django.test import Client
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model
from wagtail.models import Page, Site

from consent import withdrawal
from mission.models import HomePage
from pictures.models import Picture
from site_settings.models import SiteSettings
from stories.models import StoryPage
from tests import every_page, factories
from tests.contents import SOURCES
from tests.databases import Content

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


def make_told() -> None:
    """A story whose slug has been changed."""
    story_index = every_page.make_story_index(every_page.make_home())
    story = factories.StoryPageFactory(parent=story_index, title="Told", slug="old-slug")
    story.save_revision().publish()
    story.slug = "told"
    story.save_revision().publish()


CONTENTS = {"told": Content("told", make_told, ("tests/consent/test_urls_as_text.py", *SOURCES))}


@pytest.fixture
def told(db: None) -> StoryPage:
    return StoryPage.objects.get()


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


SHARED = quote("https://www.example.org/stories/niñez-josé/", safe="")


@pytest.mark.parametrize(
    "url",
    [
        "/stories/niñez-josé/",
        "/stories/ni%C3%B1ez-jos%C3%A9/",
        "/stories/ni%c3%b1ez-jos%c3%a9/",
        f"https://www.facebook.com/sharer.php?u={SHARED}",
        f"https://www.facebook.com/sharer.php?u={SHARED.lower()}",
        f"https://www.example.com/login?x=1&amp;next={quote(f'/share?u={SHARED}', safe='')}",
    ],
)
def test_url_of_withdrawn_page_is_a_use_in_any_encoding(
    home: HomePage, told: StoryPage, url: str
) -> None:
    told.slug = "niñez-josé"
    told.save()
    text = {"type": "text", "value": f'<p>See <a href="{url}">this</a></p>'}
    link = {"heading": "Read", "link_text": "Go", "url": url}
    factories.StandardPageFactory(parent=home, title="Summary", summary=f"See {url}")
    factories.StandardPageFactory(parent=home, title="Loaded", body=[text])
    draft = factories.StandardPageFactory(parent=home, title="Draft")
    draft.body = [{"type": "action", "value": link}]
    draft.save_revision()
    older = factories.StandardPageFactory(parent=home, title="Older", body=[text])
    older.save_revision()
    older.body = []
    older.save_revision().publish()
    assert places(told) == {
        "Summary": ["Summary"],
        "Loaded": ["Body"],
        "Draft": ["Body, in a draft"],
        "Older": ["1 older version"],
    }
    withdrawal.withdraw(withdrawal.make_plan([told.consent]))
    assert (draft.revisions.count(), older.revisions.count()) == (1, 1)


def test_withdrawal_deletes_older_versions_with_the_url(home: HomePage, told: StoryPage) -> None:
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


@pytest.mark.parametrize(
    ("old_path", "leads_to", "is_erased"),
    [
        ("/walk", "/stories/told/", True),
        ("/short", "/walk", True),
        ("/shorter", "http://testserver/walk/?x=1", True),
        ("/shortest", "/WALK", True),
        ("/tour/*", "/stories/told/", True),
        ("/touring", "/Tour/today", True),
        ("/join-us", "/walk/join", False),
        ("/walk/join", "/about/", False),
        ("/map", "/walk/join/?x=1", False),
    ],
)
def test_redirect_is_erased_only_if_it_leads_to_the_story(
    home: HomePage, told: StoryPage, client: Client, old_path: str, leads_to: str, is_erased: bool
) -> None:
    about = factories.StandardPageFactory(parent=home, slug="about")
    factories.StandardPageFactory(parent=home, title="Text", summary=f"See {old_path}, please")
    for path, link in (
        ("/walk", "/stories/told/"),
        ("/short", "/walk"),
        ("/walk/join", "/about/"),
        ("/tour/*", "/stories/told/"),
    ):
        Redirect.objects.create(old_path=path, redirect_link=link)
    Redirect.objects.update_or_create(old_path=old_path, defaults={"redirect_link": leads_to})
    plan = withdrawal.make_plan([told.consent])
    listed = {redirect.old_path for redirect in plan.redirects}
    assert (old_path in listed) is is_erased
    assert [use.content_object.title for use in plan.uses] == (["Text"] if is_erased else [])  # type: ignore[attr-defined]
    withdrawal.withdraw(plan)
    kept = set(Redirect.objects.values_list("old_path", flat=True))
    assert (old_path in kept) is not is_erased
    assert not kept & listed
    found = client.get(old_path, follow=True)
    assert found.status_code == (410 if is_erased else 200)
    assert is_erased or found.context["page"] == about


def document() -> Model:
    file = ContentFile(b"%PDF-1.4", name="told.pdf")
    return get_document_model().objects.create(title="Letter", file=file)


def photo() -> Model:
    picture = factories.picture("The face")
    picture.make_sizes()
    return picture


FILE_URLS = {
    "document": (document, lambda item: item.url),
    "absolute": (document, lambda item: f"https://www.example.org{item.url}"),
    "host only": (document, lambda item: f"www.example.org{item.url}?x=1"),
    "earlier name": (document, lambda item: f"/documents/{item.pk}/an%20older%20name.pdf"),
    "smallest size": (photo, lambda item: item.smallest.url),
    "largest size": (photo, lambda item: f"https://x.org{item.renditions.last().url}"),
}
OTHER_FILE_URLS = {
    "other document": (document, lambda item: f"/documents/{item.pk}1/told.pdf"),
    "page below": (document, lambda item: f"/about/documents/{item.pk}/told.pdf"),
    "other picture": (photo, lambda item: f"{item.smallest.url}-2"),
}


EACH_FILE_URL = pytest.mark.parametrize(
    ("make", "url"), (FILE_URLS | OTHER_FILE_URLS).values(), ids=FILE_URLS | OTHER_FILE_URLS
)


def add_to_story(item: Model, story: StoryPage) -> None:
    if isinstance(item, Picture):
        story.portrait = item
    else:
        link = f'<a linktype="document" id="{item.pk}">Read</a>'
        story.body = [{"type": "text", "value": link}]
    story.save_revision().publish()


@EACH_FILE_URL
def test_redirect_to_erased_file_is_erased(told: StoryPage, make: Callable, url: Callable) -> None:
    item = make()
    add_to_story(item, told)
    Redirect.objects.create(old_path="/short", redirect_link=url(item))
    is_erased = (make, url) in FILE_URLS.values()
    plan = withdrawal.make_plan([told.consent])
    assert ("/short" in [redirect.old_path for redirect in plan.redirects]) is is_erased
    withdrawal.withdraw(plan)
    assert Redirect.objects.filter(old_path="/short").exists() is not is_erased


@EACH_FILE_URL
def test_url_of_erased_file_as_text_is_a_use(
    home: HomePage, told: StoryPage, make: Callable, url: Callable
) -> None:
    """A file is erased even if a page contains its URL as text."""
    item = make()
    add_to_story(item, told)
    text = {"type": "text", "value": f"<p>Go to {url(item)}, please</p>"}
    action = {"heading": "Read", "link_text": "Go", "url": url(item)}
    factories.StandardPageFactory(parent=home, title="Loaded", body=[text])
    older = factories.StandardPageFactory(
        parent=home, title="Older", body=[{"type": "action", "value": action}]
    )
    older.save_revision()
    older.body = []
    older.save_revision().publish()
    found = {"Loaded": ["Body"], "Older": ["1 older version"]}
    assert places(told) == (found if (make, url) in FILE_URLS.values() else {})
    plan = withdrawal.make_plan([told.consent])
    assert plan.files == [item]
    withdrawal.withdraw(plan)
    assert older.revisions.count() == (1 if (make, url) in FILE_URLS.values() else 2)


def test_url_of_a_kept_file_is_not_a_use(home: HomePage, told: StoryPage) -> None:
    letter = document()
    told.body = [{"type": "text", "value": f'<a linktype="document" id="{letter.pk}">Read</a>'}]
    told.save_revision().publish()
    factories.StandardPageFactory(parent=home, title="Typed", summary=f"See {letter.url}")
    link = {"type": "text", "value": f'<a linktype="document" id="{letter.pk}">Read</a>'}
    factories.StandardPageFactory(parent=home, title="Linked", body=[link])
    plan = withdrawal.make_plan([told.consent])
    assert (plan.files, list(plan.shared), plan.uses) == ([], [letter], [])
