from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Site

from consent import text_search
from consent.plans import make_plan
from mission.models import HomePage, StandardPage
from site_settings.models import SiteSettings
from stories.models import StoryIndexPage, StoryPage
from tests import factories
from tests.consent.screens import rows, steward


@pytest.mark.parametrize(
    ("text", "words", "is_found"),
    [
        ("About Ruby", "Ruby", True),
        ("About Rubys", "Ruby", True),
        ("About Ruby", "Rub", False),
        ("Ana said so", "Ana", True),
        ("We heard Ána’s story", "ana", True),
        ("A banana", "Ana", False),
        ("Jo", "Jo", True),
        ("J. D. left", "J.D.", True),
        ("A cat", "a", False),
        ("昨天小芳说了", "小芳", True),
        ("昨天王小芳说了", "王小芳", True),
        ("昨天李说了", "李", True),
        ("昨天李说了", "王", False),
        ("はなさんは", "はな", True),
    ],
)
def test_text_search_matches_whole_words_even_if_short(
    home: HomePage, text: str, words: str, is_found: bool
) -> None:
    page = factories.StandardPageFactory(parent=home, title="About", summary=text)
    found = [match.content_object for match in text_search.find([words])]
    assert found == ([page] if is_found else [])


@pytest.mark.parametrize("words", ["Ruby Stone", "The Ruby Paper", "ruby@example.org", "José"])
def test_text_search_reads_attributes_of_rich_text(home: HomePage, words: str) -> None:
    text = (
        '<p>One<a linktype="source" title="How Ruby Stone &quot;left&quot;"'
        ' publisher="The Ruby Paper" url="https://www.example.org/jos%C3%A9/">†</a>'
        ' <a href="mailto:ruby@example.org">two</a></p>'
    )
    body = [{"type": "text", "value": text}]
    page = factories.StandardPageFactory(parent=home, title="About", body=body)
    (match,) = text_search.find([words])
    assert match.content_object == page
    assert not text_search.find(["linktype", "mailto two"])


@pytest.mark.parametrize(
    ("lines", "ignored", "has_searched"),
    [("a", "a", False), ("a\r\n—\r\nZebra", "a, —", True), (" \r\nZebra", "", True)],
)
def test_text_search_names_lines_that_are_too_short(
    home: HomePage, admin_client: Client, lines: str, ignored: str, has_searched: bool
) -> None:
    html = admin_client.post(reverse("consent_text_search"), {"phrases": lines}).content.decode()
    assert ("Nothing contains these words." in html) is has_searched
    assert (f"too short and were not searched: {ignored}<" in html) is bool(ignored)


@pytest.mark.parametrize(
    "text",
    [
        "<p>Jose\u0301 is still here</p>",
        "<p>Jos\u00e9 is sti\u00adll here</p>",
        "<p>Jos\u00e9 is sti&shy;ll here</p>",
        "<p>Jos\u00e9\u200b is\u2060 still here</p>",
        "<p>Jos\u00e9\u00a0is<br/>still<br>here</p>",
        "<p>Jos\u00e9 is</p><p>still here</p>",
        "<ul><li>Jos\u00e9 is</li><li>still\there</li></ul>",
        "<p>Jos\u00e9 <b>is st</b>ill\nhere</p>",
        "<p>JOSE IS STILL HERE</p>",
        "<p>3 <4: Jos\u00e9 is still here</p>",
    ],
)
def test_text_search_finds_words_however_they_are_written(home: HomePage, text: str) -> None:
    body = [{"type": "text", "value": text}]
    page = factories.StandardPageFactory(parent=home, title="About", body=body)
    (match,) = text_search.find(["jos\u00e9 is still HERE"])
    assert match.content_object == page


@pytest.mark.parametrize(
    "text",
    [
        "I never stopped, she said; we’re “still” here.",
        "I never stopped - she said: we're 'still' here",
        "I never stopped… she said —we‘re «still» here—",
        "I never stopped... she said–we`re *still*\u00a0here!",
        "I never stopped&hellip;&nbsp;she said&mdash;we&rsquo;re &ldquo;still&rdquo; here",
        "I never stopped.</p><p>She said, “We´re _still_ here”",
        "¿I never-stopped / she said (were still) here?",
    ],
)
# Without `words`, the search is for the text itself.
@pytest.mark.parametrize("words", ["I never stopped, she said: “We’re still here”.", ""])
def test_text_search_ignores_punctuation(home: HomePage, text: str, words: str) -> None:
    page = factories.StandardPageFactory(parent=home, title="About", summary=f"<p>{text}</p>")
    (match,) = text_search.find([words or text])
    assert match.content_object == page
    assert not text_search.find([f"{words or text} not", "—…—“”"])


def test_text_search_deletion_is_for_administrators(
    story_index: StoryIndexPage, client: Client
) -> None:
    page = factories.StoryPageFactory(parent=story_index, title="About us")
    for summary in ("I'm still here", "Nothing"):
        page.summary = summary
        page.save_revision().publish()
    client.force_login(steward())
    url = reverse("consent_text_search")
    assert "in older versions only" in client.post(url, {"phrases": "still here"}).content.decode()
    refused = client.post(url, {"phrases": "still here", "delete": "on"})
    assert (refused.status_code, refused.headers.get("Location")) == (302, "/admin/")
    assert page.revisions.count() == 2


def test_text_search_keeps_scheduled_revision(home: HomePage) -> None:
    page = factories.StandardPageFactory(parent=home, title="About us")
    soon = timezone.now() + timedelta(days=9)
    page.summary, page.go_live_at = "I'm still here", soon
    page.save_revision(approved_go_live_at=soon)
    page.summary, page.go_live_at = "Nothing", None
    page.save_revision()
    (match,) = text_search.find(["still here"])
    assert (match.is_current, match.older_revisions) == (True, [])
    text_search.delete_history([StandardPage.objects.get(pk=page.pk)])
    assert page.revisions.count() == 2


def test_text_search_covers_objects_without_revisions(home: HomePage) -> None:
    loaded = factories.StandardPageFactory(parent=home, summary="She said: I’m still here")
    photo = factories.picture("I'm still here")
    site = SiteSettings.for_site(Site.objects.get())
    site.tagline = "I'm still here"
    site.save()
    redirect = Redirect.objects.create(old_path="/im-still-here", redirect_link="/")
    found = text_search.find(["I'm still here"])
    assert {match.content_object for match in found} == {loaded, site, photo, redirect}
    assert all(match.is_current and match.edit_url for match in found)


def test_text_search_finds_and_deletes_older_revisions(
    home: HomePage, admin_client: Client
) -> None:
    page = factories.StandardPageFactory(parent=home, title="About us")
    for text in ("<p>She said: I’m <b>still</b> here</p>", "<p>Nothing</p>"):
        page.body = [{"type": "text", "value": text}]
        page.save_revision().publish()
    url = reverse("consent_text_search")
    found = admin_client.post(url, {"phrases": "i'm still HERE"}).content.decode()
    assert "in older versions only" in found
    admin_client.post(url, {"phrases": "i'm still HERE", "delete": "on"})
    assert text_search.find(["i'm still here"]) == []
    assert page.revisions.count() == 1
    assert (
        "Nothing contains these words"
        in admin_client.post(url, {"phrases": "abcd"}).content.decode()
    )


def test_text_search_shows_only_what_the_user_may_edit(
    home: HomePage, story_index: StoryIndexPage, client: Client
) -> None:
    factories.StoryPageFactory(parent=story_index, title="Zebra crossing", live=False)
    factories.StandardPageFactory(parent=home, title="Embargoed zebra", live=False)
    factories.picture("A zebra")
    site = SiteSettings.for_site(Site.objects.get())
    site.tagline = "Zebra"
    site.save()
    url = reverse("consent_text_search")
    client.force_login(steward())
    html = client.post(url, {"phrases": "zebra"}).content.decode()
    found = rows(html, "Results")
    assert found.count("in its current text") == 2
    assert "Zebra crossing" in found
    assert "A zebra" in found
    client.force_login(factories.UserFactory(is_superuser=True))
    assert (
        rows(client.post(url, {"phrases": "zebra"}).content.decode(), "Results").count("its") == 4
    )
    visitor = factories.UserFactory()
    visitor.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(visitor)
    assert client.get(url)["Location"] == "/admin/"


@pytest.mark.parametrize(
    ("phrase", "is_searched"),
    [
        ("The door was open", True),
        ("Ana Diaz", False),
        ("门一直开着所以我进去了", True),
        ("王小芳", False),
    ],
)
def test_withdrawal_searches_for_phrases_but_not_for_names(
    home: HomePage, story: StoryPage, phrase: str, is_searched: bool
) -> None:
    page = factories.StandardPageFactory(parent=home, title="About", summary=f"“{phrase}”")
    story.pull_quote = phrase
    story.title = "Told"
    story.save()
    found = [match.content_object for match in make_plan([story.record]).matches]
    assert found == ([page] if is_searched else [])
