"""Readers cannot see scheduled content before its go-live time."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import (
    GroupApprovalTask,
    Locale,
    Page,
    PageViewRestriction,
    Workflow,
    WorkflowTask,
)

from editorial.registry import page_types
from mission.models import HomePage, StandardPage
from tests import embargoed as embargoed_content
from tests import factories
from tests.embargoed import SECRET, schedule

SOON = timedelta(hours=1)


@pytest.fixture(name="embargoed")
def _embargoed(db: None) -> SimpleNamespace:
    """Pages under embargo, and public pages that refer to them in every possible place."""
    return embargoed_content.find()


PATHS = [
    "/",
    "/about/",
    "/issues/",
    "/issues/first/",
    "/issues/last/",
    "/stories/",
    "/stories/told/",
    "/stories/feed/",
    "/sitemap.xml",
    "/robots.txt",
    "/never/",
    "/stories/?issue=first",
    "/news/",
    "/news/?issue=first",
    "/news/feed/",
    "/news/said/",
]


def test_content_and_urls_of_these_tests_cover_every_page_type(embargoed: SimpleNamespace) -> None:
    several = {model for model in page_types() if model.max_count_per_parent != 1}
    pages = [page for page in vars(embargoed).values() if isinstance(page, Page)]
    missing = {model.__name__ for model in several - {type(page) for page in pages}}
    assert not missing, f"Add an embargoed page of {missing} to `make` in tests/embargoed.py."
    patterns = {page.url.replace("zanzibar", "{}") for page in pages}
    assert patterns <= {*URL_PATTERNS}, f"Add {patterns - {*URL_PATTERNS}} to URL_PATTERNS."
    paths = {page.url for page in Page.objects.live().filter(depth__gt=1)}
    assert paths <= {*PATHS}, f"Add {paths - {*PATHS}} to PATHS."


def read(client: Client, path: str, status: int = 200) -> str:
    """The response body at `path`, in lower case."""
    response = client.get(path)
    assert response.status_code == status, path
    return response.content.decode().lower()


@pytest.mark.parametrize("path", PATHS)
def test_public_pages_do_not_mention_embargoed_content(
    embargoed: SimpleNamespace, client: Client, path: str
) -> None:
    assert SECRET.lower() not in read(client, path, 404 if path == "/never/" else 200)


def test_public_pages_mention_content_after_embargo(
    embargoed: SimpleNamespace, client: Client
) -> None:
    """Control for the test above: without the embargo, the pages mention the content."""
    for name in embargoed_content.SLUGS:
        page = getattr(embargoed, name)
        page.go_live_at = None
        page.save_revision().publish()
    for path in set(PATHS) - {"/robots.txt", "/never/"}:
        assert SECRET.lower() in read(client, path), path
    assert "/documents/" in read(client, "/zanzibar/")


def test_search_excludes_embargoed_page(embargoed: SimpleNamespace, client: Client) -> None:
    response = client.get(f"/search/?q={SECRET}")
    assert list(response.context["results"]) == []
    html = response.content.decode()
    assert "zanzibar" not in html.replace(SECRET, "")  # the search form repeats the query
    embargoed.page.go_live_at = None
    embargoed.page.save_revision().publish()
    assert len(client.get(f"/search/?q={SECRET}").context["results"]) == 1


URL_PATTERNS = [
    *("/{}", "/{}/", "/es/{}/", "/issues/{}-issue/", "/stories/{}-story/", "/stories/{}"),
    *("/news/{}-release/", "/{}-action/"),
]


@pytest.mark.parametrize("url", [*URL_PATTERNS, "/stories/?issue={}-issue", "/{}/?p=1"])
@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_embargoed_url_responds_like_unknown_url(
    embargoed: SimpleNamespace, client: Client, url: str, method: str
) -> None:
    ask = getattr(client, method)
    hidden, never = ask(url.format("zanzibar")), ask(url.format("nowherex"))
    assert hidden.status_code == never.status_code
    assert hidden.content == never.content
    differing = {"Location"}
    assert {k: v for k, v in hidden.items() if k not in differing} == {
        k: v for k, v in never.items() if k not in differing
    }


def test_filter_counts_exclude_embargoed_content(
    embargoed: SimpleNamespace, client: Client
) -> None:
    def counts(path: str) -> dict[str, list[tuple[str, int | None]]]:
        rows = client.get(path).context["filter_rows"]
        return {label: [(chip.title, chip.page_count) for chip in row] for label, row in rows}

    assert counts("/stories/") == {"Stories by issue": [("All", None), ("First", 1)]}
    assert counts("/news/") == {
        "News by type": [("All types", None), ("Press release", 1)],
        "News by issue": [("All issues", None), ("First", 1)],
    }


def test_news_date_is_when_embargo_ends(embargoed: SimpleNamespace) -> None:
    assert embargoed.news.first_published_at is None
    before = timezone.now()
    embargoed.news.go_live_at = None
    embargoed.news.save_revision().publish()
    embargoed.news.refresh_from_db()
    assert before <= embargoed.news.first_published_at <= timezone.now()


def test_next_and_previous_links_skip_embargoed_pages(
    embargoed: SimpleNamespace, client: Client
) -> None:
    neighbors = client.get("/issues/first/").context["page"].neighbors
    assert neighbors["total"] == 2
    assert neighbors["next"].slug == "last"
    assert client.get("/stories/told/").context["next_story"] is None


def test_rendition_urls_of_embargoed_pictures_are_unguessable(
    embargoed: SimpleNamespace, client: Client
) -> None:
    names = {Path(str(one.file)).stem for one in embargoed.photo.renditions.all()}
    other = factories.picture("Plain name", size=(60, 40))
    names |= {Path(str(one.file)).stem for one in other.renditions.all()}
    assert len(names) == len(embargoed.photo.sizes) + len(other.sizes) > 1
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)


def test_embargoed_document_is_not_found(embargoed: SimpleNamespace, client: Client) -> None:
    url = embargoed.document.url
    assert url.startswith(f"/documents/{embargoed.document.pk}/press-release")
    refused = client.get(url)
    assert refused.status_code == 404
    assert refused.content == client.get("/documents/987654/press-release.pdf").content


def test_embargoed_document_is_open_to_staff_then_to_all(
    embargoed: SimpleNamespace, client: Client, admin_client: Client
) -> None:
    url = embargoed.document.url
    assert admin_client.get(url).status_code == 200
    embargoed.page.go_live_at = None
    embargoed.page.save_revision().publish()
    response = client.get(url)
    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-cache"
    assert "Cookie" not in response.get("Vary", "")
    assert "ETag" not in response  # no hash is known, and the file may be replaced
    embargoed.document.file_hash = "a" * 40
    embargoed.document.save()
    assert client.get(url)["ETag"] == f'"{"a" * 40}"'


def test_document_linked_only_in_draft_is_not_found(
    embargoed: SimpleNamespace, client: Client
) -> None:
    about = StandardPage.objects.get(slug="about")
    about.body = [{"type": "text", "value": embargoed.file}]
    about.save_revision()
    assert client.get(embargoed.document.url).status_code == 404
    about.save_revision().publish()
    assert client.get(embargoed.document.url).status_code == 200


def rename(embargoed: SimpleNamespace) -> tuple[str, int]:
    embargoed.page.slug = "zanzibar-two"
    schedule(embargoed.page)
    return "/zanzibar/", 404


def add_redirect(embargoed: SimpleNamespace) -> tuple[str, int]:
    Redirect.add_redirect("/soon", embargoed.page)
    return "/soon/", 404


def add_redirect_with_query(embargoed: SimpleNamespace) -> tuple[str, int]:
    Redirect.add_redirect("/about?id=1", embargoed.page)
    return "/about/?id=1", 200


@pytest.mark.parametrize("way", [rename, add_redirect, add_redirect_with_query])
def test_redirect_does_not_reveal_embargoed_page(
    embargoed: SimpleNamespace, client: Client, way: Callable
) -> None:
    path, status = way(embargoed)
    response = client.get(path)
    assert (response.status_code, response.get("Location")) == (status, None)
    assert SECRET.lower() not in response.content.decode().lower()


def test_translation_keeps_embargo(embargoed: SimpleNamespace, client: Client) -> None:
    spanish = Locale.objects.get_or_create(language_code="es")[0]
    HomePage.objects.get().copy_for_translation(spanish).save_revision().publish()
    translated = embargoed.page.copy_for_translation(spanish)
    assert translated.get_url_parts()[2] == "/es/zanzibar/"
    assert client.get("/es/zanzibar/").status_code == 404
    schedule(translated)
    assert client.get("/es/zanzibar/").content == client.get("/es/nowherex/").content
    for path in ("/es/", "/sitemap.xml", f"/es/search/?q={quote('news')}"):
        assert "zanzibar" not in read(client, path), path


def test_scheduled_edit_of_live_page_stays_hidden(home: HomePage, client: Client) -> None:
    page = factories.StandardPageFactory(parent=home, slug="about", title="About", live=False)
    page.save_revision().publish()
    page = StandardPage.objects.get(pk=page.pk)
    page.title, page.slug, page.summary = f"{SECRET} news", "zanzibar", SECRET
    page.go_live_at = timezone.now() + SOON
    page.save_revision().publish()

    assert client.get("/zanzibar/").status_code == 404
    for path in ("/about/", "/sitemap.xml"):
        assert SECRET.lower() not in read(client, path), path
    assert list(client.get(f"/search/?q={SECRET}").context["results"]) == []
    call_command("publish_scheduled")
    assert client.get("/about/").status_code == 200


def publish_at_once(page: Page) -> None:
    page.save_revision().publish()


def publish_by_workflow(page: Page) -> None:
    editor = factories.UserFactory(is_superuser=True)
    page.save_revision()
    workflow = Workflow.objects.create(name="Review")
    task = GroupApprovalTask.objects.create(name="Read it")
    WorkflowTask.objects.create(workflow=workflow, task=task)
    state = workflow.start(page, editor)
    while state.status == state.STATUS_IN_PROGRESS:
        state.current_task_state.approve(user=editor)
        state.refresh_from_db()


def move(page: Page) -> None:
    page.move(HomePage.objects.get(locale__language_code="en"), pos="last-child", user=None)


def update_aliases(page: Page) -> None:
    page.update_aliases()


def revert_to_first_version(page: Page) -> None:
    first = page.revisions.order_by("pk").first()
    page.save_revision(previous_revision=first).publish(previous_revision=first)


WAYS = [
    *(schedule, publish_at_once, publish_by_workflow, move, update_aliases),
    revert_to_first_version,
]
LISTS_OF_NEWS = ["/", "/news/", "/news/feed/", "/issues/first/", "/sitemap.xml"]


@pytest.mark.parametrize("way", WAYS)
def test_alias_is_public_only_while_its_original_is(
    embargoed: SimpleNamespace, client: Client, way: Callable
) -> None:
    """Wagtail alone would publish the aliases of a page that is only scheduled."""
    original = embargoed.news
    parent, before = original.get_parent(), Page.objects.live().count()
    alias = original.create_alias(parent=parent, update_slug="alias")
    alias.create_alias(parent=parent, update_slug="alias-of-alias")
    way(original)
    paths = [Page.objects.get(slug=slug).url for slug in ("alias", "alias-of-alias")]
    assert not Page.objects.get(pk=original.pk).live
    assert Page.objects.live().count() == before
    for path in paths:
        assert client.get(path).status_code == 404
    for path in LISTS_OF_NEWS:
        assert SECRET.lower() not in read(client, path), path
    original.refresh_from_db()
    original.go_live_at = None
    original.save_revision().publish()
    for path in paths:
        assert SECRET.lower() in read(client, path)
    original.refresh_from_db()
    original.unpublish()
    for path in paths:
        assert client.get(path).status_code == 404
    # Bypasses the publishing rules, as SQL does.
    Page.objects.filter(slug__startswith="alias").update(live=True)
    cache.clear()
    for path in paths:
        assert client.get(path).status_code == 404
    for path in LISTS_OF_NEWS:
        assert SECRET.lower() not in read(client, path), path


@pytest.mark.parametrize("restricted", ["itself", "the page above it"])
def test_alias_is_restricted_as_its_original_is(
    embargoed: SimpleNamespace, client: Client, restricted: str
) -> None:
    embargoed.news.go_live_at = None
    embargoed.news.save_revision().publish()
    embargoed.news.refresh_from_db()
    home = HomePage.objects.get(locale__language_code="en")
    index = factories.NewsIndexPageFactory(parent=home, slug="more-news", title="More")
    alias = embargoed.news.create_alias(parent=index, update_slug="alias")
    alias.create_alias(parent=index, update_slug="alias-of-alias")
    paths = [Page.objects.get(slug=slug).url for slug in ("alias", "alias-of-alias")]
    lists = [index.url, f"{index.url}feed/", "/sitemap.xml"]
    for path in (*paths, *lists[:2]):
        assert SECRET.lower() in read(client, path), path
    page = embargoed.news if restricted == "itself" else embargoed.news.get_parent()
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    cache.clear()
    for path in paths:
        assert client.get(path).status_code == 302
    for path in lists:
        assert SECRET.lower() not in read(client, path), path
