"""Withdrawal also erases the strings and segments that wagtail-localize stores."""

import pytest
from django.db import transaction
from django.test import Client
from wagtail_localize.models import StringSegment, TranslationSource

from consent import withdrawal
from mission.models import HomePage
from stories.models import StoryIndexPage, StoryPage
from tests import factories
from tests.consent.test_withdrawal import PHRASE, columns_with
from tests.translation_workflow import (
    begin,
    publish,
    spanish,
    translate,
    translation_of_page,
    write,
)

pytestmark = pytest.mark.usefixtures("cms_search")


@pytest.fixture(autouse=True)
def _run_on_commit_immediately(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "on_commit", lambda job, *args, **kwargs: job())


def text_body(words: str) -> list[dict]:
    return [{"type": "text", "value": f"<p>{words}</p>"}]


def test_withdrawal_erases_translated_story(
    story_index: StoryIndexPage, home: HomePage, admin_client: Client
) -> None:
    quoted = f"It was these words of {PHRASE} that I wrote"
    home.sections = text_body(quoted)
    home.save_revision().publish()
    translate(admin_client, home)
    translate(admin_client, story_index)
    story = factories.StoryPageFactory(
        parent=story_index,
        title=PHRASE,
        slug=PHRASE,
        body=text_body(f"Told by {PHRASE}"),
        pull_quote=quoted,
        consent=factories.consent(),
    )
    story.save_revision().publish()
    translation = begin(story)
    write(translation)
    assert publish(admin_client, story).live
    # Segments of earlier versions, some translated and some not.
    for version in range(2):
        story.body = text_body(f"Told again by {PHRASE}, {version}")
        story.save_revision().publish()
        translation.source.update_from_db()
    write(translation)
    home.sections = text_body("Something else")
    home.save_revision().publish()
    TranslationSource.objects.get(object_id=home.translation_key).update_from_db()
    write(translation_of_page(home))
    publish(admin_client, home)
    assert len([column for column in columns_with(PHRASE) if "wagtail_localize" in column]) >= 4

    plan = withdrawal.make_plan([story.consent])
    assert len(plan.pages) == 2
    assert not [match for match in plan.matches if match.is_current]
    withdrawal.withdraw(plan)

    assert columns_with(PHRASE) == []
    client = Client()
    assert client.get(f"/stories/{PHRASE}/").status_code == 410
    assert client.get(f"/es/stories-es/{PHRASE}-es/").status_code == 410
    assert client.get("/es/").status_code == 200


def test_withdrawal_erases_old_revisions_and_segments_of_linking_pages(
    story_index: StoryIndexPage, home: HomePage, admin_client: Client
) -> None:
    story = factories.StoryPageFactory(parent=story_index, title="Told")
    for words in ("Qwormfly in the former version", "Read it"):
        home.sections = text_body(f'<a linktype="page" id="{story.pk}">{words}</a>')
        home.save_revision().publish()
        if words != "Read it":
            translate(admin_client, home)
    TranslationSource.objects.get(object_id=home.translation_key).update_from_db()
    write(translation_of_page(home))
    publish(admin_client, home)
    before = columns_with("Qwormfly")
    assert "wagtailcore_revision.content" in before
    assert "wagtail_localize_string.data" in before
    withdrawal.withdraw(withdrawal.make_plan([story.consent]))
    assert columns_with("Qwormfly") == []
    assert Client().get("/").status_code == 200


def test_withdrawal_keeps_translations_of_other_pages(
    home: HomePage, story_index: StoryIndexPage, admin_client: Client, client: Client
) -> None:
    translate(admin_client, home)
    about = factories.StandardPageFactory(parent=home, title="The same words")
    translated = translate(admin_client, about, title="Las mismas palabras")
    translate(admin_client, story_index)
    story = factories.StoryPageFactory(
        parent=story_index, title="The same words", consent=factories.consent()
    )
    translate(admin_client, story)
    withdrawal.withdraw(withdrawal.make_plan([story.consent]))
    assert "Las mismas palabras" in client.get(translated.url).content.decode()
    assert translation_of_page(about).get_progress() == (2, 2)


@pytest.mark.parametrize("is_published", [True, False])
def test_withdrawal_finds_translations_published_or_not(
    story: StoryPage, home: HomePage, admin_client: Client, is_published: bool
) -> None:
    translate(admin_client, home)
    texts = {"url": "See http://testserver/stories/niñez/", "words": "The door, was open"}
    story.slug = "niñez"
    story.save_revision().publish()
    translations = {}
    for name, text in texts.items():
        page = factories.StandardPageFactory(parent=home, title=name, body=text_body("Something"))
        translation = begin(page)
        segment = StringSegment.objects.get(source=translation.source, string__data="Something")
        write(translation, **{segment.context.path: text})
        if is_published:
            publish(admin_client, page)
        translations[name] = page.get_translation(spanish())
    plan = withdrawal.make_plan([story.consent])
    assert [(use.content_object, use.places) for use in plan.uses] == [
        (translations["url"], ["Body"])
    ]
    assert [(match.content_object, match.is_current) for match in plan.matches] == [
        (translations["words"], True)
    ]
