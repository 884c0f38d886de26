"""Links that show the newest draft of a story or news item to people without an account."""

import logging
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, PageLogEntry
from wagtail.users.models import UserProfile

from consent import withdrawal
from consent.models import ConsentRecord
from dpa_site.observability.logs import JsonFormatter
from editorial.sharing.links import DraftLink
from news.choices import NewsType
from news.models import NewsIndexPage, NewsPage
from staff.models import User
from stories.models import StoryIndexPage, StoryPage
from tests import factories
from tests.consent.roles import ROLES, client_of, text_of, user_with_role, was_refused

DAYS = timedelta(days=1)


@pytest.fixture
def story(story_index: StoryIndexPage) -> StoryPage:
    """A draft with a portrait, without consent yet."""
    portrait = factories.picture("Portrait", consent=factories.consent(basis=""))
    story = factories.StoryPageFactory(
        parent=story_index,
        title="Told",
        live=False,
        portrait=portrait,
        consent=ConsentRecord.objects.create(),
    )
    story.pull_quote = "Only in the draft"
    story.save_revision()
    return story


@pytest.fixture
def news(news_index: NewsIndexPage) -> NewsPage:
    """A draft that nobody has scheduled."""
    page = factories.NewsPageFactory(parent=news_index, title="Said", live=False)
    page.summary = "Only in the draft"
    page.save_revision()
    return page


@pytest.fixture
def pages(story: StoryPage, news: NewsPage) -> dict[str, Page]:
    parent = news.get_parent()
    drafts = {
        kind: factories.NewsPageFactory(parent=parent, live=False, kind=kind)
        for kind in (NewsType.STATEMENT, NewsType.BLOG)
    }
    live_news = factories.NewsPageFactory(parent=parent)
    home = parent.get_parent()
    about = factories.StandardPageFactory(parent=home, live=False)
    alias = story.create_alias(update_slug="an-alias")
    news_alias = news.create_alias(update_slug="an-alias")
    return {
        "story": story,
        NewsType.PRESS_RELEASE: news,
        **drafts,
        "live news": live_news,
        "other page": about,
        "alias of story": alias,
        "alias of news": news_alias,
    }


def screen(page: Page) -> str:
    return reverse("draft_links", args=[page.pk])


def path_of(link: DraftLink) -> str:
    return reverse("shared_draft", args=[link.token])


def create(page: Page, label: str = "", client: Client | None = None) -> str:
    """The path of a new link, as the CMS shows it."""
    client = client or client_of(user_with_role("administrator"))
    known = set(DraftLink.objects.values_list("pk", flat=True))
    html = client.post(screen(page), {"label": label}, follow=True).content.decode()
    link = DraftLink.objects.exclude(pk__in=known).get()
    shown = re.findall(r'value="http://localhost(/-/draft/[^"]+/)"', html)
    assert path_of(link) in shown
    return path_of(link)


def is_dead(path: str) -> bool:
    """Whether the link no longer works. Asserts that the response is the draft or the 404 page."""
    response = Client().get(path)
    assert response["Cache-Control"] == "private, no-store"
    html = response.content.decode()
    if response.status_code == 200:
        assert "Only in the draft" in html
        return False
    assert response.status_code == 404
    assert "no longer works" in html
    assert "Only in the draft" not in html
    return True


MAY_SHARE = {
    "story": {"Story stewards", "administrator"},
    NewsType.PRESS_RELEASE: {"Editors", "administrator"},
    NewsType.STATEMENT: {"Editors", "administrator"},
    NewsType.BLOG: {"Editors", "administrator"},
    "live news": set(),
    "other page": set(),
    "alias of story": set(),
    "alias of news": set(),
}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_shares_only_drafts_that_it_may_share(pages: dict[str, Page], role: str) -> None:
    client = client_of(user_with_role(role))
    assert pages.keys() == MAY_SHARE.keys()
    for kind, page in pages.items():
        link = DraftLink.objects.create(page=page)
        may_share = role in MAY_SHARE[kind]
        edit = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
        assert (screen(page) in edit.content.decode()) is may_share, kind
        response = client.get(screen(page))
        assert was_refused(response) is not may_share, kind
        assert (link.token in response.content.decode()) is may_share, kind
        response = client.post(screen(page), {"label": "first reading"})
        assert was_refused(response) is not may_share, kind
        assert DraftLink.objects.filter(page=page).count() == 1 + may_share, kind
        response = client.post(screen(page), {"end": link.pk})
        assert was_refused(response) is not may_share, kind
        assert DraftLink.objects.filter(pk=link.pk).exists() is not may_share, kind


def test_sharing_requires_login(news: NewsPage, client: Client) -> None:
    assert client.get(screen(news))["Location"].startswith("/account/login/")
    assert client.post(screen(news)).status_code == 403
    assert not DraftLink.objects.exists()


def test_draft_links_are_listed_and_ended_one_at_a_time(story: StoryPage) -> None:
    names = {"the person": "Ana Ruiz", "first reading": "Sam Lee", "": "Kim Poe"}
    paths = []
    for label, name in names.items():
        first_name, last_name = name.split()
        user = user_with_role("Story stewards", first_name=first_name, last_name=last_name)
        client = client_of(user)
        paths.append(create(story, label, client))
    links = list(DraftLink.objects.all())
    html = text_of(client.get(screen(story)))
    for link, label, name in zip(links, names, names.values(), strict=True):
        assert link.url in html
        assert f"by {name}." in html
        assert label in html
    response = client.post(screen(story), {"end": links[1].pk}, follow=True)
    assert "The link no longer works." in text_of(response)
    assert [is_dead(path) for path in paths] == [False, True, False]
    html = text_of(client.get(screen(story)))
    assert [link.url in html for link in links] == [True, False, True]
    again = client.post(screen(story), {"end": links[1].pk}, follow=True)
    assert "No link was ended. That link had already ended" in text_of(again)
    assert "The link no longer works." not in text_of(again)
    assert DraftLink.objects.count() == 2
    assert PageLogEntry.objects.filter(action="editorial.draft_link.end").count() == 1


@pytest.mark.parametrize("pk", ["", "x", "²", "-1", "9" * 20, "9" * 5000])
def test_unknown_pk_ends_no_draft_link(story: StoryPage, news: NewsPage, pk: str) -> None:
    path, client = create(story), client_of(user_with_role("administrator"))
    other = DraftLink.objects.create(page=news)
    for number in (pk, str(other.pk)):
        response = client.post(screen(story), {"end": number}, follow=True)
        assert "No link was ended." in text_of(response)
        assert "The link no longer works." not in text_of(response)
    assert not is_dead(path)
    assert not is_dead(path_of(other))


def test_history_says_who_and_when_and_never_the_token(news: NewsPage) -> None:
    editor = user_with_role("Editors", first_name="Ana", last_name="Ruiz")
    client = client_of(editor)
    create(news, "the Daily Echo", client)
    link = DraftLink.objects.get()
    client.post(screen(news), {"end": link.pk})
    entries = PageLogEntry.objects.filter(action__startswith="editorial.draft_link")
    assert [entry.user for entry in entries] == [editor, editor]
    html = text_of(client.get(reverse("wagtailadmin_pages:history", args=[news.pk])))
    assert "Created a link to the draft" in html
    assert "Ended the link to the draft that was created on" in html
    assert "Ana Ruiz" in html
    report = text_of(client_of(user_with_role("administrator")).get("/admin/reports/site-history/"))
    assert "Created a link to the draft" in report
    stored = f"{html}{report}{list(entries.values())}"
    for secret in (link.token, link.key.hex, str(link.key), "the Daily Echo"):
        assert secret not in stored


def test_history_is_in_the_language_of_the_user(news: NewsPage) -> None:
    editor = user_with_role("Editors")
    UserProfile.objects.create(user=editor, preferred_language="es")
    create(news, client=client_of(editor))
    client_of(editor).post(screen(news), {"end": DraftLink.objects.get().pk})
    html = text_of(client_of(editor).get(reverse("wagtailadmin_pages:history", args=[news.pk])))
    assert "Creó un enlace al borrador" in html
    assert "Terminó el enlace al borrador que se creó el" in html


def test_ended_expired_and_unknown_links_get_the_same_response(story: StoryPage) -> None:
    ended, expired, path = create(story), create(story), create(story)
    DraftLink.objects.filter(pk=DraftLink.objects.all()[0].pk).delete()
    link = DraftLink.objects.all()[0]
    DraftLink.objects.filter(pk=link.pk).update(created_at=timezone.now() - 14 * DAYS)
    signature, key = path.strip("/").rpartition(".")[2], DraftLink.objects.all()[1].key.hex
    forged = [key, f"{key}.forged", "x", f"{'0' * 32}.{signature}"]
    responses = [Client().get(one) for one in (ended, expired, *map("/-/draft/{}/".format, forged))]
    assert not is_dead(path)
    (unknown, *others) = responses[::-1]
    assert unknown.status_code == 404
    for response in others:
        assert response.content == unknown.content
        assert response.headers == unknown.headers
        assert response.status_code == 404


def test_link_expires_after_two_weeks(story: StoryPage) -> None:
    path = create(story)
    DraftLink.objects.update(created_at=timezone.now() - 13 * DAYS)
    assert not is_dead(path)
    DraftLink.objects.update(created_at=timezone.now() - 14 * DAYS)
    assert is_dead(path)
    assert path not in text_of(client_of(user_with_role("administrator")).get(screen(story)))


def test_purge_deletes_expired_links_only(story: StoryPage) -> None:
    old, new = DraftLink.objects.create(page=story), DraftLink.objects.create(page=story)
    DraftLink.objects.filter(pk=old.pk).update(created_at=timezone.now() - 14 * DAYS)
    call_command("purge_draft_links", stdout=StringIO())
    assert list(DraftLink.objects.all()) == [new]


@pytest.mark.parametrize("kind", ["story", NewsType.PRESS_RELEASE])
def test_link_shows_newest_draft_and_is_not_cached_indexed_or_leaked(
    pages: dict[str, Page], kind: str, client: Client
) -> None:
    page = pages[kind]
    path = create(page)
    page.title = "Newer words"
    page.save_revision()
    client.force_login(user_with_role("administrator"))  # a colleague may open the link too
    for reader in (Client(), client):
        response = reader.get(path)
        html = response.content.decode()
        assert response.status_code == 200
        assert "Newer words" in html
        assert response["Cache-Control"] == "private, no-store"
        assert response["Referrer-Policy"] == "no-referrer"
        assert "noindex" in response["X-Robots-Tag"]
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
        assert "unsafe" not in response["Content-Security-Policy"]
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")
        assert "CDN-Cache-Control" not in response
        assert "userbar" not in html
        assert path.split("/")[3] not in html
    assert Client().post(path).status_code == 405


def test_log_lines_contain_no_token(story: StoryPage, news: NewsPage) -> None:
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    handler.setLevel(logging.DEBUG)
    names = ("", "dpa_site.requests", "django.request", "django.server")
    loggers = [logging.getLogger(name) for name in names]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        paths = [create(story), create(news)]
        for path in paths:
            Client().get(path)
            Client().post(path)
        DraftLink.objects.all().delete()
        assert all(is_dead(path) for path in paths)
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
    lines = stream.getvalue()
    assert lines.count("shared_draft") >= 6
    for path in paths:
        assert not re.search("|".join(path.split("/")[3].split(".")), lines)


def test_story_link_shows_whole_draft_and_no_embargo(story: StoryPage) -> None:
    html = Client().get(create(story)).content.decode()
    assert "This is a draft for you to read." in html
    assert "Portrait, described" in html
    assert "Under embargo" not in html


def test_unpublishing_ends_links(news: NewsPage) -> None:
    path = create(news)
    news.get_latest_revision().publish()
    editor = user_with_role("Editors")
    client_of(editor).post(reverse("wagtailadmin_pages:unpublish", args=[news.pk]))
    assert is_dead(path)
    assert not DraftLink.objects.exists()
    entry = PageLogEntry.objects.get(action="editorial.draft_link.end")
    assert (entry.page_id, entry.user) == (news.pk, editor)


def test_deleting_page_deletes_links(news: NewsPage) -> None:
    path = create(news)
    client_of(user_with_role("administrator")).post(
        reverse("wagtailadmin_pages:delete", args=[news.pk])
    )
    assert not NewsPage.objects.exists()
    assert is_dead(path)
    assert not DraftLink.objects.exists()


def test_withdrawal_erases_links(story: StoryPage, news: NewsPage) -> None:
    path, other = create(story, "the person"), create(news)
    plan = withdrawal.make_plan([story.consent])
    assert plan.uses == []
    withdrawal.withdraw(plan)
    assert is_dead(path)
    assert not is_dead(other)
    assert not DraftLink.objects.filter(label="the person").exists()


def test_links_work_after_their_creator_is_deleted(story: StoryPage) -> None:
    steward = user_with_role("Story stewards")
    path = create(story, client=client_of(steward))
    User.objects.get(pk=steward.pk).delete()
    assert not is_dead(path)
    assert "by –." in text_of(client_of(user_with_role("administrator")).get(screen(story)))


def test_copy_of_page_has_no_links(news: NewsPage) -> None:
    create(news)
    copy = news.copy(update_attrs={"slug": "copy"})
    assert not DraftLink.objects.filter(page=copy).exists()


def test_ended_link_is_explained_in_the_language_of_the_browser(story: StoryPage) -> None:
    response = Client(headers={"Accept-Language": "es"}).get("/-/draft/x/")
    assert response.status_code == 404
    assert "Este enlace ya no" in text_of(response)
    assert '<html lang="es"' in response.content.decode()
