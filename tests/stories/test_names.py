"""The teller's name is public only if the person agreed to be named, or if the name is changed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.timezone import localdate
from wagtail.models import Locale, Page

from consent import changes
from consent.expiry import take_down
from consent.models import ConsentRecord
from editorial.publishing.rules import PublishingRefused
from pictures.models import Picture
from search.models import SearchEntry
from stories.models import StoryIndexPage, StoryPage
from stories.name_uses import fields_with_name
from stories.names import search_terms
from tests import factories

NAME = "Zenobia Quispe"
PATHS = (
    *("/", "/stories/", "/stories/her-words/", "/stories/another/", "/stories/feed/"),
    *("/sitemap.xml", "/search/?q=words", "/search/?q=Zenobia"),
)


@pytest.fixture
def story(story_index: StoryIndexPage) -> StoryPage:
    """A public story whose teller may be named, among other stories."""
    factories.StoryPageFactory(parent=story_index, title="Another", slug="another")
    consent = factories.consent(may_be_named=True, for_social=True)
    return factories.StoryPageFactory(
        parent=story_index, title="Her words", teller=NAME, consent=consent
    )


def paths_with_name(client: Client) -> list[str]:
    return [path for path in PATHS if "zenobia" in client.get(path).content.decode().lower()]


def test_name_is_shown_only_if_agreed_or_changed(story: StoryPage, client: Client) -> None:
    # The last path is the search page, which repeats the query.
    assert paths_with_name(client) == ["/stories/her-words/", "/search/?q=Zenobia"]
    ConsentRecord.objects.filter(pk=story.consent_id).update(may_be_named=False)
    assert paths_with_name(client) == ["/search/?q=Zenobia"]
    assert client.get("/stories/her-words/").status_code == 200
    StoryPage.objects.update(name_changed=True)
    assert "/stories/her-words/" in paths_with_name(client)


def test_search_finds_no_story_by_its_tellers_name(story: StoryPage, client: Client) -> None:
    assert "Her words" in client.get("/search/?q=words").content.decode()
    assert "Her words" not in client.get("/search/?q=Zenobia").content.decode()
    assert not SearchEntry.objects.filter(text__icontains="Zenobia").exists()


@pytest.mark.usefixtures("cms_search")
def test_staff_find_a_story_by_its_tellers_name(story: StoryPage, admin_client: Client) -> None:
    story.save()
    assert story.title in admin_client.get("/admin/pages/search/?q=Zenobia").content.decode()


@pytest.mark.parametrize(
    ("title", "slug"), [("Thanks to Zenobia", "thanks"), ("Thanks", "thanks-to-zenobia")]
)
def test_next_story_does_not_name_the_teller(
    story: StoryPage, story_index: StoryIndexPage, title: str, slug: str
) -> None:
    factories.StoryPageFactory(parent=story_index, title="Before", slug="before")
    StoryPage.objects.update(first_published_at=timezone.now() - timedelta(days=2))
    day = {"first_published_at": timezone.now() - timedelta(days=1)}
    other = factories.StoryPageFactory(parent=story_index, title=title, slug=slug, **day)
    StoryPage.objects.filter(pk=story.pk).update(first_published_at=timezone.now())
    story = StoryPage.objects.get(pk=story.pk)
    assert story.next_story() == other
    ConsentRecord.objects.filter(pk=story.consent_id).update(may_be_named=False)
    story = StoryPage.objects.get(pk=story.pk)
    assert story.next_story().title == "Before"
    StoryPage.objects.exclude(pk__in=[story.pk, other.pk]).update(live=False)
    assert story.next_story() is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "Zenobia’s story"),
        ("slug", "zenobia-quispe"),
        ("summary", "What ZENOBIA QUISPE told us."),
        ("pull_quote", "My name is Zenóbia"),
        ("seo_title", "Quispe, a mother"),
        ("search_description", "By zenobia."),
        ("place", "Zenobia’s home"),
        ("portrait_caption", "Zenobia at home"),
        ("content_note", "Zenobia speaks of loss"),
        ("body", [{"type": "text", "value": "<p>I am <b>Zenobia</b></p>"}]),
    ],
)
def test_page_with_a_name_that_may_not_be_shown_is_not_public(
    story: StoryPage, client: Client, field: str, value: object
) -> None:
    setattr(story, field, value)
    story.save_revision().publish()
    path = StoryPage.objects.get(pk=story.pk).url
    paths = {*PATHS, path} - {"/search/?q=Zenobia", "/stories/her-words/"}
    assert client.get(path).status_code == 200
    ConsentRecord.objects.filter(pk=story.consent_id).update(may_be_named=False)
    assert client.get(path).status_code == 404
    texts = {each: client.get(each).content.decode() for each in paths - {path}}
    assert [each for each, text in texts.items() if "her-words" in text or "enobia" in text] == []
    assert "1 result" not in client.get("/search/?q=Zenobia").content.decode()
    take_down()
    page = StoryPage.objects.get(pk=story.pk)
    assert not page.live
    message = "contains the name “Zenobia Quispe”, and the person has not agreed to be named"
    assert [name for name, text in page.publishing_errors() if message in text] == [field]
    with pytest.raises(PublishingRefused, match=message):
        page.save_revision().publish()
    setattr(page, field, "" if field != "body" else [])
    page.title, page.slug = "Words", "words"
    page.save_revision().publish()
    assert client.get("/stories/words/").status_code == 200


@pytest.mark.parametrize("field", ["description", "credit", "other_descriptions"])
def test_texts_of_pictures_may_not_name_the_teller(story: StoryPage, field: str) -> None:
    picture = factories.picture("Someone at home")
    value = {"es": "Zenobia en casa"} if field == "other_descriptions" else "Zenobia at home"
    setattr(picture, field, value)
    picture.save()
    story.portrait = picture
    assert list(fields_with_name(story, search_terms(NAME))) == ["portrait"]


def test_block_types_and_ids_are_not_searched_for_names(story: StoryPage) -> None:
    block = {"type": "text", "id": "ada-1", "value": "<p>Words</p>"}
    story.body = [block]
    assert list(fields_with_name(story, search_terms("Ada Text"))) == []
    story.body = [block | {"value": "<p>Ada</p>"}]
    assert list(fields_with_name(story, search_terms("Ada Text"))) == ["body"]


@pytest.mark.parametrize(
    ("title", "language", "is_name"),
    [
        ("Rosa kept going", "en", True),
        ("Rosa siguió adelante", "es", False),
        ("Hope siguió adelante", "es", True),
        ("Hope for all", "en", False),
    ],
)
def test_common_word_of_a_language_is_not_a_name_in_text_of_that_language(
    story: StoryPage, title: str, language: str, is_name: bool
) -> None:
    locale = Locale.objects.get_or_create(language_code=language)[0]
    story.title, story.locale = title, locale
    assert list(fields_with_name(story, search_terms("Rosa Hope"))) == ["title"] * is_name
    home = Page.objects.get(depth=2)
    linked = factories.StandardPageFactory(parent=home, title=title, slug="linked", locale=locale)
    link = f'<a linktype="page" id="{linked.pk}">Read it</a>'
    story.title, story.body = "Told", [{"type": "text", "value": link}]
    assert list(fields_with_name(story, search_terms("Rosa Hope"))) == ["body"] * is_name


def refusals(page: StoryPage) -> list[str]:
    return [sentence for _field, sentence in page.publishing_errors() if "contains the" in sentence]


def test_names_of_earlier_versions_may_not_be_published(story: StoryPage) -> None:
    story.save_revision().publish()
    story.copy(
        update_attrs={"title": "Copy", "slug": "copy"}, keep_live=False, copy_revisions=False
    )
    ConsentRecord.objects.filter(pk=story.consent_id).update(may_be_named=False)
    pages = StoryPage.objects.filter(consent=story.consent_id)
    assert len(pages) == 2
    for page in pages:
        page.title = "Zenobia’s words"
        page.teller = ""
        assert len(refusals(page)) == 1
        assert "“Zenobia Quispe”" in refusals(page)[0]
        page.teller = "Maria"
        page.name_changed = True
        assert refusals(page)
        page.title = "Words"
        assert not refusals(page)


def test_changed_name_is_allowed_even_if_an_earlier_name_contains_it(story: StoryPage) -> None:
    ConsentRecord.objects.filter(pk=story.consent_id).update(may_be_named=False)
    story = StoryPage.objects.get(pk=story.pk)
    for teller in ("A. Maria Lopez", "Maria"):
        story.teller = teller
        story.save_revision()
    story.title = "A day with Maria"
    assert refusals(story)
    story.name_changed = True
    assert not refusals(story)
    story.title = "A day with Lopez"
    assert refusals(story)


@pytest.fixture
def portrait(story: StoryPage) -> Picture:
    """The picture of the story, whose teller may not be named."""
    record = story.consent
    record.may_be_named = False
    record.save()
    story.portrait = factories.picture("Someone at home")
    story.save_revision().publish()
    return story.portrait


@pytest.mark.parametrize("field", ["description", "description_es", "credit"])
@pytest.mark.parametrize("may_be_named", [True, False])
def test_picture_form_refuses_name_that_live_story_hides(
    portrait: Picture, story: StoryPage, admin_client: Client, field: str, may_be_named: bool
) -> None:
    ConsentRecord.objects.filter(pk=story.consent_id).update(may_be_named=may_be_named)
    # The soft hyphen must not disguise the name.
    values = {"title": "Home", "description": "Someone", field: "Z\u00adenobia at home"}
    response = admin_client.post(f"/admin/images/{portrait.pk}/", values)
    errors = response.context["form"].errors if response.status_code == 200 else {}
    assert list(errors) == ([] if may_be_named else [field])
    if not may_be_named:
        assert "may not show" in errors[field][0]
        assert NAME not in response.content.decode()


def test_picture_form_refuses_name_of_earlier_version(
    portrait: Picture, story: StoryPage, admin_client: Client
) -> None:
    story.teller = ""
    story.save_revision().publish()
    values = {"title": "Home", "description": "Zenobia"}
    response = admin_client.post(f"/admin/images/{portrait.pk}/", values)
    assert list(response.context["form"].errors) == ["description"]


def test_name_in_a_saved_picture_hides_the_story_at_once(
    portrait: Picture, story: StoryPage, client: Client
) -> None:
    assert client.get(story.url).status_code == 200
    portrait.description = "Zenobia at home"
    portrait.save()
    assert client.get(story.url).status_code == 404
    assert "her-words" not in client.get("/stories/").content.decode()
    portrait.description = "Someone at home"
    portrait.save()
    assert client.get(story.url).status_code == 200


def test_job_finds_a_name_that_was_set_by_sql(portrait: Picture, story: StoryPage) -> None:
    take_down()
    assert Page.objects.get(pk=story.pk).live
    Picture.objects.update(credit="Photo: Zenobia")
    take_down()
    assert not Page.objects.get(pk=story.pk).live


def test_forbidding_the_name_takes_the_page_down(
    story: StoryPage, django_capture_on_commit_callbacks: Callable
) -> None:
    story.title = "Zenobia’s words"
    story.save_revision().publish()
    user = factories.UserFactory(is_superuser=True)
    record = ConsentRecord.objects.get(pk=story.consent_id)
    with django_capture_on_commit_callbacks(execute=True):
        changes.change(record.pk, {"may_be_named": False}, seen=record.digest, user=user)
    assert not Page.objects.get(pk=story.pk).live


def test_failed_search_for_names_does_not_stop_other_takedowns(
    story: StoryPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ConsentRecord.objects.filter(pk=story.consent_id).update(expires_on=localdate())
    monkeypatch.setattr(StoryPage, "recompute", lambda: 1 / 0)
    take_down()
    assert not Page.objects.get(pk=story.pk).live
