"""A name that was published as the teller's real name always counts as real.

Editors cannot change that by checking “name changed” later.
"""

from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtail.models import Page, Revision
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from consent import changes, withdrawal
from consent.expiry import take_down
from consent.models import ConsentRecord
from consent.text_search import delete_history
from editorial.publishing.rules import PublishingRefused
from stories.models import StoryIndexPage, StoryPage
from stories.published_names import PublishedName
from tests import factories

NAME = "Zenobia Quispe"
SLUG = "a-story"
LIST_URLS = ("/stories/", "/stories/feed/", "/search/?q=told", "/sitemap.xml")


@pytest.fixture
def story(story_index: StoryIndexPage) -> StoryPage:
    """The draft of a story whose teller may be named."""
    consent = factories.consent(may_be_named=True)
    story = factories.StoryPageFactory(
        parent=story_index, title="Draft", slug=SLUG, consent=consent, live=False
    )
    story.save_revision()
    return story


def save(
    client: Client,
    story: StoryPage,
    *blocks: tuple,
    publish: bool = True,
    headers: dict | None = None,
    **values: object,
) -> HttpResponse:
    data = {
        "title": "As she told it",
        "slug": SLUG,
        "body": streamfield(blocks),
        "corrections": streamfield([]),
        "comments": {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0},
        **values,
    }
    data |= {"action-publish": "1"} if publish else {}
    url = reverse("wagtailadmin_pages:edit", args=[story.pk])
    return client.post(url, nested_form_data(data), headers=headers)


def narrow(story: StoryPage) -> None:
    record = ConsentRecord.objects.get(pk=story.consent_id)
    user = factories.UserFactory(is_superuser=True)
    changes.change(record.pk, {"may_be_named": False}, seen=record.digest, user=user)


def narrow_by_sql(story: StoryPage) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE consent_consentrecord SET may_be_named = false WHERE id = %s",
            [story.consent_id],
        )


def reader_urls(client: Client, story: StoryPage) -> list[str]:
    """The URLs at which readers find the story."""
    url = Page.objects.get(pk=story.pk).url
    found = [path for path in LIST_URLS if url in client.get(path).content.decode()]
    return [*found, url] if client.get(url).status_code == 200 else found


# Form values of the version that follows the version with NAME.
LATER = {
    "no name": {},
    "another name": {"teller": "Maria", "name_changed": "on"},
    "the same name, marked as changed": {"teller": NAME, "name_changed": "on"},
}


@pytest.mark.parametrize("later", LATER.values(), ids=LATER)
@pytest.mark.parametrize("narrow", [narrow, narrow_by_sql])
def test_story_with_an_earlier_name_leaves_the_site_when_the_teller_may_not_be_named(
    story: StoryPage,
    client: Client,
    admin_client: Client,
    later: dict,
    narrow: Callable,
    django_capture_on_commit_callbacks: Callable,
) -> None:
    title = "As Zenobia told it"
    assert save(admin_client, story, title=title, teller=NAME).status_code == 302
    assert save(admin_client, story, title=title, **later).status_code == 302
    assert reader_urls(client, story) == [*LIST_URLS, story.url]
    with django_capture_on_commit_callbacks(execute=True):
        narrow(story)
    assert reader_urls(client, story) == []
    take_down()
    assert not Page.objects.get(pk=story.pk).live
    assert save(admin_client, story, title=title, **later).status_code == 200
    assert save(admin_client, story, **LATER["another name"]).status_code == 302
    assert reader_urls(client, story) == [*LIST_URLS, story.url]


def publish(client: Client, story: StoryPage) -> None:
    save(client, story, teller=NAME)


def publish_on_schedule(client: Client, story: StoryPage) -> None:
    save(client, story, teller=NAME, publish=False)
    revision = StoryPage.objects.get(pk=story.pk).latest_revision
    Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=timezone.now())
    call_command("publish_scheduled")


@pytest.mark.parametrize("way", [publish, publish_on_schedule])
def test_published_name_cannot_be_marked_as_changed(
    story: StoryPage, admin_client: Client, client: Client, way: Callable
) -> None:
    way(admin_client, story)
    save(admin_client, story, teller="Maria", name_changed="on")
    assert StoryPage.objects.get(pk=story.pk).live
    narrow_by_sql(story)
    response = save(admin_client, story, teller=NAME, name_changed="on")
    (sentence,) = response.context["form"].errors["teller"]
    assert "published before. Remove it, or use another name." in sentence
    # A draft may mark the name as changed, but cannot be published.
    save(admin_client, story, teller=NAME, name_changed="on", publish=False)
    draft = StoryPage.objects.get(pk=story.pk).get_latest_revision_as_object()
    assert draft.name_changed
    with pytest.raises(PublishingRefused, match="Remove it, or use another name"):
        draft.save_revision().publish()
    assert NAME not in client.get(story.url).content.decode()


def test_name_that_only_drafts_have_may_be_marked_as_changed(
    story: StoryPage, admin_client: Client, client: Client
) -> None:
    narrow_by_sql(story)
    title = "As Zenobia told it"
    save(admin_client, story, title=title, teller=NAME, publish=False)
    response = save(admin_client, story, title=title, teller=NAME)
    assert list(response.context["form"].errors) == ["title"]
    response = save(admin_client, story, title=title, teller=NAME, name_changed="on")
    assert response.status_code == 302
    assert reader_urls(client, story) == [*LIST_URLS, story.url]


def test_name_in_a_new_draft_hides_the_story_that_contains_it(
    story: StoryPage, admin_client: Client, client: Client
) -> None:
    narrow_by_sql(story)
    title = "As Zenobia told it"
    save(admin_client, story, title=title)
    assert reader_urls(client, story) == [*LIST_URLS, story.url]
    save(admin_client, story, title=title, teller=NAME, publish=False)
    assert reader_urls(client, story) == []


def link_to(item: Model) -> str:
    """A link in rich text, as the form of the CMS sends it."""
    kind = "page" if isinstance(item, Page) else "document"
    return rich_text(f'<p><a linktype="{kind}" id="{item.pk}">Read it</a></p>')


def document(title: str, filename: str) -> Model:
    return get_document_model().objects.create(
        title=title, file=ContentFile(b"%PDF-1.4", name=filename)
    )


def standard_page(title: str, slug: str, summary: str = "") -> Page:
    return factories.StandardPageFactory(
        parent=Page.objects.get(depth=2), title=title, slug=slug, summary=summary
    )


LINKED = {
    "title of a document": lambda: document("Letter of Zenobia", "letter.pdf"),
    "file name of a document": lambda: document("Letter", "zenobiaquispe.pdf"),
    "title of a page": lambda: standard_page("Zenobia testifies", "hearing"),
    "slug of a page": lambda: standard_page("Hearing", "zenobia-quispe-testifies"),
    "summary of a page": lambda: standard_page("Hearing", "hearing", "What Zenobia said."),
}


def remove_names(item: Model) -> None:
    item.title = item.slug = item.summary = "other"
    item.file = "other.pdf"
    item.save()


@pytest.mark.parametrize("make", LINKED.values(), ids=LINKED)
@pytest.mark.parametrize("in_rich_text", [False, True], ids=["block", "rich text"])
def test_story_is_hidden_if_it_links_to_something_with_the_name(
    story: StoryPage,
    admin_client: Client,
    client: Client,
    make: Callable,
    in_rich_text: bool,
    home: Page,
) -> None:
    narrow_by_sql(story)
    item = make()
    if in_rich_text:
        block = ("text", link_to(item))
    elif isinstance(item, Page):
        block = ("cards", {"heading": "", "pages": streamfield([("item", item.pk)])})
    else:
        block = ("download", {"document": item.pk, "text": ""})
    response = save(admin_client, story, block, teller=NAME)
    assert list(response.context["form"].errors) == ["body"]
    assert "contains the name" in str(response.context["form"].errors)
    # The story is public without the name, and hidden as soon as the name is there again.
    remove_names(type(item).objects.get(pk=item.pk))
    assert save(admin_client, story, block, teller=NAME).status_code == 302
    assert reader_urls(client, story) == [*LIST_URLS, story.url]
    item.save()
    assert reader_urls(client, story) == []


def test_job_finds_a_name_that_sql_wrote_into_a_linked_document(
    story: StoryPage, admin_client: Client
) -> None:
    narrow_by_sql(story)
    item = document("Letter", "letter.pdf")
    save(admin_client, story, ("download", {"document": item.pk, "text": ""}), teller=NAME)
    take_down()
    assert Page.objects.get(pk=story.pk).live
    get_document_model().objects.update(title="Letter of Zenobia")
    take_down()
    assert not Page.objects.get(pk=story.pk).live


@pytest.mark.parametrize("later", LATER.values(), ids=LATER)
def test_published_name_is_known_after_old_versions_are_deleted(
    story: StoryPage, client: Client, admin_client: Client, later: dict
) -> None:
    """Withdrawing a page deletes the older versions of stories that link to it."""
    title = "As Zenobia told it"
    save(admin_client, story, title=title, teller=NAME)
    save(admin_client, story, title=title, **later)
    delete_history(Page.objects.filter(pk=story.pk))
    (left,) = story.revisions.all()
    assert left.content["teller"] == later.get("teller", "")
    narrow_by_sql(story)
    assert reader_urls(client, story) == []
    assert save(admin_client, story, title=title, **later).status_code == 200
    withdrawal.withdraw(withdrawal.make_plan([ConsentRecord.objects.get(pk=story.consent_id)]))
    assert not PublishedName.objects.exists()
