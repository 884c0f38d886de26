"""Narrowing any field of a consent record hides the picture or story wherever it is used.

Each field is changed in two ways: with `changes.change`, as in the CMS, and with SQL.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone
from django.utils.timezone import localdate
from wagtail.models import Locale, Page, PageLogEntry, Site

from consent import changes
from consent.expiry import take_down
from consent.models import ConsentRecord, Scope
from dpa_site.caching.version import watched
from pictures.models import Picture
from pictures.specs import SHARED
from site_settings.models import SiteSettings
from staff.models import User
from stories.models import StoryPage
from tests import factories
from tests.contents import SOURCES
from tests.databases import Content
from tests.every_page import make_home, make_issue_index, make_news_index, make_story_index

WORDS = "Zwiefalt"  # in the story's title only
ALT = "A known face, described"


def complete(**values: Any) -> ConsentRecord:
    """A complete consent record of a child: each of CHANGES narrows it."""
    scopes = {f"for_{scope}": True for scope in Scope.values}
    child = {"shown": "child", "child_approved_at": timezone.now()}
    return factories.consent(**child, **scopes, may_be_named=True, **values)


def make_uses() -> None:
    """A picture and a story in every place that can show them."""
    home = make_home()
    issue_index, story_index = make_issue_index(home), make_story_index(home)
    news_index = make_news_index(home)
    photo = factories.picture("A known face", size=(1300, 700))
    photo.make_sizes()
    Picture.objects.update(consent=complete(), other_descriptions={"es": f"{ALT} (es)"})
    photo = Picture.objects.get()
    figure = {
        "type": "figure",
        "value": {"picture": {"image": photo.pk, "decorative": False, "alt_text": ALT}},
    }
    about = factories.StandardPageFactory(
        parent=home, title="About", lead_picture=photo, social_picture=photo
    )
    body = factories.StandardPageFactory(parent=home, title="Body", body=[figure])
    issue = factories.IssuePageFactory(parent=issue_index, title="Care", listing_picture=photo)
    factories.UrgentHelpPageFactory(parent=home, slug="urgent-help", lead_picture=photo)
    factories.ActionPageFactory(parent=home, title="Write", lead_picture=photo)
    news = factories.NewsPageFactory(
        parent=news_index, title="Release", listing_picture=photo, body=[figure]
    )
    assert news.kind == "press-release"
    hands = factories.picture("Someone else’s hands")
    hands.other_descriptions = {"es": "Las manos de otra persona"}
    hands.save()
    hands.make_sizes()
    story = factories.StoryPageFactory(
        parent=story_index,
        title=f"{WORDS} words",
        slug="zwiefalt",
        consent=complete(),
        listing_picture=photo,
        social_picture=hands,
    )
    story.issues.set([issue])
    story.save()
    factories.StoryPageFactory(parent=story_index, title="Another")
    settings = SiteSettings.for_site(Site.objects.get())
    settings.share_picture = photo
    settings.save()
    link = f'<p><a linktype="page" id="{story.pk}">Read it</a></p>'
    body.body = [figure, {"type": "text", "value": link}]
    body.save()
    spanish = Locale.objects.get_or_create(language_code="es")[0]
    for page in (home, story_index, about, story):
        page.copy_for_translation(spanish).save_revision().publish()
    story.create_alias(update_slug="alias")
    home.hero_picture = photo
    home.sections = [
        {"type": "issue_areas", "value": {}},
        {"type": "stories", "value": {"heading": "Stories", "stories": [story.pk]}},
        {"type": "statement", "value": {"statement": "We", "picture": figure["value"]["picture"]}},
    ]
    home.save()


CONTENTS = {"uses": Content("uses", make_uses, ("tests/consent/test_uses.py", *SOURCES))}


@pytest.fixture
def uses(db: None) -> None:
    """Selects the database that `make_uses` fills."""


class Change(NamedTuple):
    """A field of a consent record, and a value that narrows the consent."""

    field: str
    value: Any
    scope: str = Scope.SITE  # the scope in which the value hides the picture or story

    @property
    def status(self) -> int:
        """The status of the story's URL after the change."""
        return 404 if self.scope == Scope.SITE else 200

    def status_of_file(self, spec: str) -> int:
        """The status of a rendition's URL after the change. SHARED is only for social media."""
        is_for_social = spec == SHARED and self.scope == Scope.SOCIAL
        return 404 if is_for_social else self.status


TOMORROW = localdate() + timedelta(days=1)
CHANGES = [
    Change("shown", ""),
    Change("basis", ""),
    Change("basis", "public-event"),
    Change("form_reference", ""),
    Change("for_site", False),
    Change("for_social", False, Scope.SOCIAL),
    Change("for_print", False, Scope.PRINT),
    Change("for_press", False, Scope.PRESS),
    Change("given_on", None),
    Change("given_on", TOMORROW),
    Change("expires_on", None),
    Change("expires_on", localdate()),
    Change("child_approved_at", None),
]
IDS = [f"{change.field}={change.value}" for change in CHANGES]
PICTURE_PATHS = (
    *("/", "/about/", "/body/", "/issues/", "/issues/care/", "/news/", "/news/release/"),
    *("/urgent-help/", "/write/", "/stories/", "/es/about/", "/es/stories/", "/es/"),
)
STORY_PATHS = (
    *("/", "/stories/", "/stories/another/", "/stories/feed/", "/issues/care/", "/sitemap.xml"),
    *("/search/?q=words", "/body/", "/es/stories/", "/es/stories/feed/"),
)


def change_by_sql(record: ConsentRecord, change: Change) -> None:
    ConsentRecord.objects.filter(pk=record.pk).update(**{change.field: change.value})


def change_in_cms(record: ConsentRecord, change: Change, user: User) -> None:
    if change.field == "child_approved_at":
        changes.change(record.pk, {}, seen=record.digest, user=user, approves_child=False)
    else:
        values = {change.field: change.value}
        changes.change(record.pk, values, seen=record.digest, user=user)


class Seen(NamedTuple):
    """The paths where a picture was found."""

    site: set[str]
    social: set[str]
    printed: set[str]


def look_for(picture: Picture, client: Client) -> Seen:
    """Find the paths that show the picture, name it in metadata, or print it."""
    names = re.compile("|".join(re.escape(size[1]) for size in picture.sizes))
    seen = Seen(set(), set(), set())
    for path in PICTURE_PATHS:
        html = client.get(path).content.decode()
        metadata = re.compile(r"<meta[^>]*>|<script.*?</script>", re.DOTALL)
        if names.search(metadata.sub("", html)):
            seen.site.add(path)
        if names.search("".join(metadata.findall(html))):
            seen.social.add(path)
        figures = re.findall(r"<figure[^>]*>.*?</figure>", html, re.DOTALL)
        if any(names.search(one) and "screen-only" not in one.split(">")[0] for one in figures):
            seen.printed.add(path)
    for page in Page.objects.filter(slug__in=("about", "body", "release", "write", "urgent-help")):
        response = client.get(f"/-/save/{page.pk}/")
        if response.status_code == 200 and "data:image" in response.content.decode():
            seen.printed.add(f"offline copy of {page.url}")
    return seen


# What `look_for` finds while everything is permitted. The news list shows no pictures and "/es/"
# has none, but the metadata of both contains the default picture of the site settings.
EVERYWHERE = Seen(
    site=set(PICTURE_PATHS) - {"/news/", "/es/"},
    social=set(PICTURE_PATHS),
    printed={
        *("/", "/about/", "/body/", "/write/", "/urgent-help/", "/news/release/", "/es/about/"),
        *(
            f"offline copy of {path}"
            for path in ("/about/", "/body/", "/urgent-help/", "/es/about/")
        ),
        "offline copy of /news/release/",
    },
)
RELEASE = {"/news/release/", "offline copy of /news/release/"}
SEEN_WITHOUT = {
    Scope.SITE: Seen(set(), set(), set()),
    Scope.SOCIAL: EVERYWHERE._replace(social=set()),
    Scope.PRINT: EVERYWHERE._replace(printed=set()),
    Scope.PRESS: Seen(*(paths - RELEASE for paths in EVERYWHERE)),
}


def test_picture_is_shown_in_every_use(uses: None, client: Client) -> None:
    assert look_for(Picture.objects.get(title="A known face"), client) == EVERYWHERE


@pytest.mark.parametrize("change", CHANGES, ids=IDS)
def test_picture_changed_by_sql_is_gone_from_every_use(
    uses: None, client: Client, django_capture_on_commit_callbacks: Callable, change: Change
) -> None:
    photo = Picture.objects.get(title="A known face")
    statuses = {f"/media/{name}": change.status_of_file(spec) for spec, name, *_ in photo.sizes}
    change_by_sql(photo.consent, change)
    assert look_for(photo, client) == SEEN_WITHOUT[change.scope]
    with django_capture_on_commit_callbacks(execute=True):
        take_down()  # the worker calls this every minute
    assert {file: client.get(file).status_code for file in statuses} == statuses


@pytest.mark.parametrize("change", CHANGES, ids=IDS)
def test_change_in_cms_takes_down_at_once(
    uses: None, client: Client, django_capture_on_commit_callbacks: Callable, change: Change
) -> None:
    """The CMS stores the same values as SQL, so the SQL tests cover what other pages show."""
    user = factories.UserFactory(is_superuser=True)
    photo, story = Picture.objects.get(title="A known face"), story_pages()[0]
    statuses = {f"/media/{name}": change.status_of_file(spec) for spec, name, *_ in photo.sizes}
    with django_capture_on_commit_callbacks(execute=True):
        for item in (photo, story):
            change_in_cms(item.consent, change, user)
    for item in (photo, story):
        record = ConsentRecord.objects.get(pk=item.consent_id)
        assert getattr(record, change.field) == change.value
    assert {file: client.get(file).status_code for file in statuses} == statuses
    assert {client.get(page.url).status_code for page in story_pages()} == {change.status}
    assert {page.live for page in story_pages()} == {change.status == 200}
    entries = PageLogEntry.objects.filter(action__startswith="wagtail.unpublish")
    by = {(entry.action, entry.user) for entry in entries}
    assert by == ({("wagtail.unpublish", user)} if change.status == 404 else set())


def story_pages() -> QuerySet[StoryPage]:
    """The story, an alias and a translation."""
    return StoryPage.objects.filter(title__startswith=WORDS).order_by("pk")


def paths_of_story(client: Client) -> set[str]:
    """The paths whose responses contain the story's words, including the story's own paths."""
    stories = story_pages()
    own = {page.url for page in stories} | {f"/-/save/{page.pk}/" for page in stories}
    return {
        path
        for path in (*STORY_PATHS, *own)
        if (response := client.get(path)).status_code == 200
        and WORDS.lower() in response.content.decode().lower()
    }


@pytest.mark.parametrize("change", CHANGES, ids=IDS)
def test_story_changed_by_sql_is_gone_from_every_use(
    uses: None, client: Client, change: Change
) -> None:
    assert len(story_pages()) == 3
    copies = {f"/-/save/{page.pk}/" for page in story_pages()}
    everywhere = {*STORY_PATHS, *(page.url for page in story_pages()), *copies}
    change_by_sql(story_pages()[0].consent, change)
    expected = {Scope.SITE: set(), Scope.PRINT: everywhere - copies}
    assert paths_of_story(client) == expected.get(change.scope, everywhere)
    if change.scope != Scope.SITE:
        html = client.get("/stories/zwiefalt/").content.decode()
        assert ('<article class="story screen-only">' in html) is (change.scope == Scope.PRINT)
        shared = Picture.objects.get(title="Someone else’s hands").shared
        assert shared
        assert (shared.name in html) is (change.scope != Scope.SOCIAL)
    take_down()
    assert {page.live for page in story_pages()} == {change.status == 200}
    entries = PageLogEntry.objects.filter(action__startswith="wagtail.unpublish")
    by = {(entry.action, entry.user) for entry in entries}
    assert by == ({("wagtail.unpublish.scheduled", None)} if change.status == 404 else set())


def test_failed_take_down_does_not_stop_the_others(
    uses: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ConsentRecord.objects.update(for_site=False)
    first = StoryPage.objects.filter(title__startswith=WORDS).first()
    assert first
    take_down_page = StoryPage.take_down

    def fail_once(page: StoryPage, user: User | None) -> None:
        if page.pk == first.pk:
            raise OSError
        take_down_page(page, user)

    monkeypatch.setattr(StoryPage, "take_down", fail_once)
    take_down()
    assert list(StoryPage.objects.filter(live=True)) == [first]
    monkeypatch.setattr(StoryPage, "take_down", take_down_page)
    take_down()
    assert not StoryPage.objects.filter(live=True).exists()


def test_consent_table_has_the_triggers_for_caches_and_takedowns(db: None) -> None:
    assert ConsentRecord in watched()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'consent_consentrecord'::regclass"
            " AND NOT tgisinternal"
        )
        found = {name for (name,) in cursor.fetchall()}
    assert {"notify_page_change", "record_takedown_update"} <= found
