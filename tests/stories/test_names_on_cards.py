"""A story is hidden if an issue, card or translation that it shows has the teller's name.

The tellers in these tests may not be named.
"""

from collections.abc import Callable

import pytest
from django.test import Client
from wagtail.models import Locale, Page

from issues.models import IssuePage
from stories.models import StoryIndexPage, StoryPage
from stories.name_uses import fields_with_name
from stories.names import search_terms
from tests import factories
from tests.every_page import make_issue_index

NAME = "Zenobia Quispe"
TERMS = search_terms(NAME)


@pytest.fixture
def story(story_index: StoryIndexPage) -> StoryPage:
    """A public story of a person who may not be named."""
    return factories.StoryPageFactory(
        parent=story_index, teller=NAME, consent=factories.consent(may_be_named=False)
    )


@pytest.fixture
def issue(home: Page) -> IssuePage:
    return factories.IssuePageFactory(parent=make_issue_index(home), title="Care", slug="care")


def is_public(client: Client, story: StoryPage) -> bool:
    return client.get(story.url).status_code == 200


WITH_NAME = {
    "title": "Zenobia Law",
    "slug": "zenobia-law",
    "summary": "What Zenobia asked for.",
}


@pytest.mark.parametrize(("field", "value"), WITH_NAME.items())
def test_issue_of_a_story_may_not_name_the_teller(
    story: StoryPage, issue: IssuePage, client: Client, field: str, value: str
) -> None:
    story.issues.add(issue)
    assert list(fields_with_name(story, TERMS)) == []
    story.save_revision().publish()
    assert is_public(client, story)
    setattr(issue, field, value)
    issue.save_revision().publish()
    assert not is_public(client, story)
    story = StoryPage.objects.get(pk=story.pk)
    assert list(fields_with_name(story, TERMS)) == ["issues"]
    (sentence,) = [sentence for name, sentence in story.publishing_errors() if name == "issues"]
    assert sentence.endswith("It is in something that this field shows or links to.")


def test_refusal_does_not_quote_what_a_story_links_to(story: StoryPage, home: Page) -> None:
    """Some people who may edit the story may not read the linked page."""
    draft = factories.StandardPageFactory(
        parent=home, summary="Secret talks with Zenobia", live=False
    )
    story.body = [{"type": "cards", "value": {"heading": "", "pages": [draft.pk]}}]
    sentences = dict(story.publishing_errors())
    assert "It is in something" in sentences["body"]
    assert "secret" not in " ".join(sentences.values()).lower()
    story.body = [{"type": "text", "value": "<p>My words, Zenobia</p>"}, *story.body.raw_data]
    assert "Found: “my words, zenobia”" in dict(story.publishing_errors())["body"]


def show(story: StoryPage, page: Page) -> None:
    story.body = [{"type": "cards", "value": {"heading": "", "pages": [page.pk]}}]
    story.save_revision().publish()


def quote(story: StoryPage) -> Callable:
    """Add a card with a quote to the story. The returned function adds the name to the quote."""
    parent = StoryIndexPage.objects.get()
    other = factories.StoryPageFactory(parent=parent, consent=factories.consent())
    show(story, other)
    return lambda: change(other, pull_quote="I am Zenobia’s mother.")


def picture_on_card(story: StoryPage) -> Callable:
    picture = factories.picture("Someone at a march")
    home = Page.objects.get(depth=2)
    show(story, factories.StandardPageFactory(parent=home, listing_picture=picture))
    return lambda: change(picture, description="Zenobia at a march")


def translation(story: StoryPage) -> Callable:
    """The story links to a page in another language, and shows the translation of that page."""
    home = Page.objects.get(depth=2)
    spanish = factories.StandardPageFactory(parent=home, title="Ley", locale=other_locale())
    show(story, spanish)
    english = factories.StandardPageFactory(
        parent=home, title="Law", translation_key=spanish.translation_key
    )
    return lambda: change(english, title="Zenobia Law")


def new_translation(story: StoryPage) -> Callable:
    home = Page.objects.get(depth=2)
    spanish = factories.StandardPageFactory(parent=home, title="Ley", locale=other_locale())
    show(story, spanish)
    key = {"translation_key": spanish.translation_key}
    return lambda: factories.StandardPageFactory(parent=home, title="Zenobia Law", **key)


def other_locale() -> Locale:
    return Locale.objects.get_or_create(language_code="es")[0]


def change(item: object, **values: str) -> None:
    for field, value in values.items():
        setattr(item, field, value)
    item.save()


@pytest.mark.parametrize("make", [quote, picture_on_card, translation, new_translation])
def test_name_on_a_card_hides_the_story(story: StoryPage, client: Client, make: Callable) -> None:
    add_name = make(story)
    assert is_public(client, story)
    add_name()
    assert not is_public(client, story)
    found = StoryPage.objects.get(pk=story.pk)
    assert list(fields_with_name(found, TERMS)) == ["body"]


def test_name_in_a_translation_for_another_language_hides_nothing(
    story: StoryPage, client: Client, home: Page
) -> None:
    english = factories.StandardPageFactory(parent=home, title="Law")
    show(story, english)
    key = {"translation_key": english.translation_key}
    factories.StandardPageFactory(parent=home, title="Zenobia", locale=other_locale(), **key)
    assert is_public(client, story)
