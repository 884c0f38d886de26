"""Translated pages: segments, permissions, and publishing only when complete."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from wagtail.models import Page
from wagtail_localize.models import StringTranslation, TranslationSource

from consent.models import ConsentRecord
from editorial.translations import status
from issues.models import IssueIndexPage
from mission.models import HomePage
from stories.models import StoryIndexPage, StoryPage
from tests import factories
from tests.test_architecture import PAGE_TYPES
from tests.test_roles import client_for
from tests.translation_workflow import begin, publish, spanish, translate, write


@pytest.fixture(autouse=True)
def _run_on_commit_immediately(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test transaction never commits, so no callback would run."""
    monkeypatch.setattr(transaction, "on_commit", lambda job, *args, **kwargs: job())


@pytest.fixture
def translator(admin_client: Client, home: HomePage) -> Client:
    """A logged-in administrator. The home page is translated into Spanish."""
    translate(admin_client, home)
    return admin_client


def test_every_page_type_can_be_translated_completely(
    every_page: SimpleNamespace, admin_client: Client, client: Client
) -> None:
    for name, page in vars(every_page).items():
        page = type(page).objects.get(pk=page.pk)
        page.save_revision().publish()
        translation = begin(page)
        copy = page.get_translation(spanish())
        assert not copy.live, name
        editor = admin_client.get(reverse("wagtailadmin_pages:edit", args=[copy.pk]))
        shown = json.loads(editor.context["props"])["segments"]
        segments = {segment["id"] for segment in shown if segment["type"] == "string"}
        all_segments = set(translation.source.stringsegment_set.values_list("pk", flat=True))
        assert segments == all_segments, f"{name}: segments missing in the editor"
        write(translation)
        copy = publish(admin_client, page)
        assert copy.live, name
        html = client.get(copy.url).content.decode()
        assert escape(f"{page.title} (es)") in html
        assert '<html lang="es"' in html


def test_translation_includes_alt_texts_captions_sources_and_notes(
    every_page: SimpleNamespace, translator: Client, client: Client
) -> None:
    issue = every_page.issue
    mark = '<a linktype="source" title="A report" url="https://www.example.org/r">†</a>'
    issue.what_we_do = f"<p>We work.{mark} And rest.</p>"
    issue.save_revision().publish()
    translate(translator, issue.get_parent().specific)
    copy = translate(translator, issue, slug="reduccion", what_we_do='Trabajamos.<a id="a1">†</a>')
    html = client.get("/es/issues-es/reduccion/").content.decode()
    assert copy.url == "/es/issues-es/reduccion/"
    for words in (
        *("Alt in context (es)", "What the picture shows. (es)", "Title of the report (es)"),
        "Who published it (es)",
        *("This page speaks about loss. (es)", "A year was wrong. (es)", "Trabajamos."),
    ):
        assert words in html
    assert "31 de enero de 2026" in html
    # The mark in the translation keeps its source.
    assert html.count('href="https://www.example.org/r"') == 1


def test_incomplete_translation_cannot_be_published(translator: Client, home: HomePage) -> None:
    about = factories.StandardPageFactory(parent=home, title="About us", summary="Who we are")
    translation = begin(about)
    copy = publish(translator, about)
    assert not copy.live
    write(translation)
    StringTranslation.objects.filter(context__path="summary").delete()
    edit = reverse("wagtailadmin_pages:edit", args=[copy.pk])
    response = translator.post(edit, {"action": "publish"}, follow=True)
    assert response.redirect_chain == [(edit, 302)]
    assert (
        "1 segment is not translated yet. Not translated: “Who we are”" in response.content.decode()
    )
    write(translation)
    assert publish(translator, about).live


FIRST, SECOND = "[†1]", '<a id="a2">†</a>'  # as a translator writes it, and as it is stored


@pytest.mark.parametrize(
    ("spanish_words", "sentence"),
    [
        (f"Es así.{FIRST} Y así.{SECOND}", ""),
        (f"Y así.{SECOND} Es así.{FIRST}", ""),
        (f"Es así.{FIRST} Y así.", "“It is so.[†1] And so.[†2]” lacks the source [†2]."),
        ("Es así. Y así.", "lacks the sources [†1], [†2]."),
        (f"Es así.{FIRST}{FIRST} Y así.{SECOND}", "has [†1] more than once."),
        (f"Es así.{FIRST} Y así.{SECOND}†", "has a “†” that belongs to no source."),
        (f"Es así.{FIRST} Y así.{SECOND}[†3]", "has a “†” that belongs to no source."),
    ],
)
def test_translation_is_published_only_with_each_source_once(
    translator: Client, home: HomePage, spanish_words: str, sentence: str
) -> None:
    about = factories.StandardPageFactory(parent=home, title="About us")
    marks = [f'<a linktype="source" title="Report {number}">†</a>' for number in (1, 2)]
    about.body = [{"type": "text", "value": f"<p>It is so.{marks[0]} And so.{marks[1]}</p>"}]
    about.save_revision().publish()
    translation = begin(about)
    write(translation)
    segment = translation.source.stringsegment_set.get(string__data__contains="†")
    edit = reverse("wagtail_localize:edit_string_translation", args=[translation.pk, segment.pk])
    data = urlencode({"value": spanish_words})
    saved = translator.put(edit, data, content_type="application/x-www-form-urlencoded").json()
    assert saved["data"] == spanish_words.replace(SECOND, "[†2]")
    copy = about.get_translation(spanish())
    editor = translator.get(reverse("wagtailadmin_pages:edit", args=[copy.pk]))
    shown = unescape(editor.content.decode())
    assert '"source": "It is so.[\\u20201] And so.[\\u20202]"' in shown
    assert "<a id=" not in shown
    errors = " ".join(words for _field, words in copy.submission_errors())
    assert sentence in errors
    assert bool(errors) == bool(sentence)
    published = publish(translator, about)
    assert published.live != bool(sentence)
    if not sentence:
        assert str(published.body).count("data-source") == 2


def test_translation_sync_does_not_publish(
    translator: Client, home: HomePage, client: Client
) -> None:
    about = factories.StandardPageFactory(parent=home, title="About us")
    copy = translate(translator, about, title="Quiénes somos")
    about.title = "About us, anew"
    about.save_revision().publish()
    source = TranslationSource.objects.get(object_id=about.translation_key)
    url = reverse("wagtail_localize:update_translations", args=[source.pk])
    assert "Publish immediately" not in translator.get(url).content.decode()
    translator.post(url, {"publish_translations": "on"})
    assert "Quiénes somos" in client.get(copy.url).content.decode()
    assert (
        not publish(translator, about).get_latest_revision_as_object().title.endswith("anew (es)")
    )
    assert Page.objects.get(pk=copy.pk).title == "Quiénes somos"


def test_alias_of_untranslated_page_is_not_live(translator: Client, home: HomePage) -> None:
    about = factories.StandardPageFactory(parent=home, title="About us")
    deeper = factories.StandardPageFactory(parent=about, title="Deeper")
    alias = about.copy_for_translation(spanish(), alias=True)
    assert not Page.objects.get(pk=alias.pk).live
    about.save_revision().publish()  # publishing also updates the page's aliases
    assert not Page.objects.get(pk=alias.pk).live
    translate(translator, deeper)  # the parent of the translation is the alias
    assert not Page.objects.get(pk=alias.pk).live


def test_translation_needs_published_home_page(home: HomePage, admin_client: Client) -> None:
    about = factories.StandardPageFactory(parent=home, title="About us")
    assert not translate(admin_client, about).live
    translate(admin_client, home)
    assert publish(admin_client, about).live


def test_stopped_translation_publishes_like_normal_page(translator: Client, home: HomePage) -> None:
    translation = begin(factories.StandardPageFactory(parent=home))
    translator.post(reverse("wagtail_localize:stop_translation", args=[translation.pk]))
    copy = translation.get_target_instance()
    copy.save_revision().publish()
    assert Page.objects.get(pk=copy.pk).live


def test_restarted_translation_asks_before_it_replaces_text(
    translator: Client, home: HomePage
) -> None:
    page = factories.StandardPageFactory(parent=home, title="Original", slug="original")
    copy = translate(translator, page)
    translation = status.translation_of(copy)
    stop = reverse("wagtail_localize:stop_translation", args=[translation.pk])
    edit = reverse("wagtailadmin_pages:edit", args=[copy.pk])
    restart = {"localize-restart-translation": "yes"}
    translator.post(stop)
    translator.post(edit, restart)  # nothing would be replaced
    assert status.translation_of(copy)
    translator.post(stop)
    copy.summary = "An hour of work."
    copy.save_revision()
    html = translator.post(edit, restart).content.decode()
    assert re.findall(r"<li>(.*?)</li>", html.split("<main")[1]) == ["Summary"]
    assert not status.translation_of(copy)
    translator.post(edit, {**restart, "confirmed": "yes"})
    assert status.translation_of(copy)


def test_live_translation_cannot_become_alias(translator: Client, home: HomePage) -> None:
    copy = translate(translator, factories.StandardPageFactory(parent=home))
    convert = reverse("wagtail_localize:convert_to_alias", args=[copy.pk])
    translator.post(convert)
    assert Page.objects.get(pk=copy.pk).alias_of_id is None
    copy.unpublish()
    assert client_for("Story stewards").post(convert).status_code == 302
    assert Page.objects.get(pk=copy.pk).alias_of_id is None
    translator.post(convert)
    assert Page.objects.get(pk=copy.pk).alias_of_id


def test_begun_translation_is_called_a_draft(home: HomePage) -> None:
    about = factories.StandardPageFactory(parent=home, title="About")
    url = reverse("wagtail_localize:submit_page_translation", args=[about.pk])
    answer = client_for("Writers").post(url, {"locales": [spanish().pk]}, follow=True)
    first, *_rest = [str(message) for message in answer.context["messages"]]
    assert "“About” can now be translated (Spanish). The translation is a draft" in first
    assert "submitted" not in first


@pytest.mark.parametrize(
    ("role", "may_begin"),
    [("Writers", True), ("Editors", True), ("Story stewards", False), ("Campaigners", False)],
)
def test_translation_permissions_by_role(home: HomePage, role: str, may_begin: bool) -> None:
    about = factories.StandardPageFactory(parent=home)
    locale = spanish()
    url = reverse("wagtail_localize:submit_page_translation", args=[about.pk])
    client_for(role).post(url, {"locales": [locale.pk]})
    assert about.get_translations().exists() is may_begin


def test_translation_publishing_requires_permission_and_consent(
    translator: Client, issue_index: IssueIndexPage, story_index: StoryIndexPage
) -> None:
    issue = factories.IssuePageFactory(parent=issue_index)
    story = factories.StoryPageFactory(parent=story_index, consent=factories.consent())
    for page in (issue, story):
        write(begin(page))
    assert not publish(client_for("Writers"), issue).live
    editor = client_for("Editors")
    assert publish(editor, issue).live
    assert not publish(editor, story).live  # only story stewards may publish stories
    ConsentRecord.objects.update(expires_on=timezone.localdate() - timedelta(days=1))
    assert not publish(translator, story).live
    ConsentRecord.objects.update(expires_on=timezone.localdate() + timedelta(days=1))
    assert publish(translator, story).live


def test_translation_does_not_restore_consent(
    translator: Client, story_index: StoryIndexPage
) -> None:
    story = factories.StoryPageFactory(
        parent=story_index, consent=factories.consent(may_be_named=True)
    )
    translation = begin(story)
    write(translation)
    ConsentRecord.objects.update(may_be_named=False)
    copy = publish(translator, story)
    assert copy.consent_id == story.consent_id
    assert not ConsentRecord.objects.get().may_be_named


def test_urgent_help_review_applies_to_one_language(
    translator: Client, home: HomePage, client: Client
) -> None:
    page = factories.UrgentHelpPageFactory(parent=home, checked_by="Dr. Sample")
    page.save_revision().publish()
    copy = translate(translator, page)
    assert copy.checked_by == ""
    html = client.get(copy.url).content.decode()
    assert "Aún sin verificar." in html
    assert "Dr. Sample" not in html


def test_telephone_number_is_not_translatable(translator: Client, home: HomePage) -> None:
    call = {"label": "Call", "telephone": "911", "note": ""}
    page = factories.UrgentHelpPageFactory(
        parent=home, calls=json.dumps([{"type": "call", "value": call}])
    )
    paths = begin(page).source.stringsegment_set.values_list("context__path", flat=True)
    assert [path for path in paths if path.endswith("label")]
    assert not [path for path in paths if path.endswith("telephone")]


def test_stories_and_issues_are_linked_in_each_language(
    translator: Client,
    issue_index: IssueIndexPage,
    story_index: StoryIndexPage,
    client: Client,
) -> None:
    for page in (issue_index, story_index):
        translate(translator, page)
    issue = factories.IssuePageFactory(parent=issue_index, title="An issue")
    story = factories.StoryPageFactory(parent=story_index, title="A story")
    story.issues.add(issue)
    story.save()
    there = translate(translator, issue, title="Un tema", slug="un-tema")
    told = translate(translator, story, title="Una historia")
    assert "Una historia" in client.get(there.url).content.decode()
    assert "Un tema" in client.get(told.url).content.decode()
    listing = client.get(f"{told.get_parent().url}?issue=un-tema").content.decode()
    assert "Una historia" in listing
    assert "Un tema (1)" in listing
    assert "A story" not in listing


def test_translations_report_lists_outdated_translations(
    translator: Client, home: HomePage, django_assert_num_queries: Callable
) -> None:
    fresh, old = (factories.StandardPageFactory(parent=home, title=name) for name in ("A", "B"))
    for page in (fresh, old):
        page.save_revision().publish()
        translate(translator, page)
    old.save_revision().publish()
    with django_assert_num_queries(1):
        found = list(status.outdated(status.with_source_dates(Page.objects.all())))
    assert [page.title for page in found] == ["B (es)"]
    report = reverse("translations_report")
    assert "A (es)" in translator.get(report).content.decode()
    behind = translator.get(f"{report}?behind=true").content.decode()
    assert "B (es)" in behind
    assert "A (es)" not in behind
    # A synchronized translation is still outdated until it is published.
    TranslationSource.objects.get(object_id=old.translation_key).update_from_db()
    assert status.outdated(status.with_source_dates(Page.objects.all())).exists()
    publish(translator, old)
    assert not status.outdated(status.with_source_dates(Page.objects.all())).exists()


def test_page_types_declare_synchronized_fields() -> None:
    kept = {
        model: {field.field_name for field in model.override_translatable_fields}
        for model in PAGE_TYPES
    }
    assert "consent" in kept[StoryPage]
    for model, names in kept.items():
        assert "unreviewed_translation" in names, (
            f"{model.__name__}.override_translatable_fields must begin with that of BasePage."
        )


def test_refused_translation_has_a_button_for_each_picture(
    translator: Client, home: HomePage
) -> None:
    page = factories.StandardPageFactory(parent=home, lead_picture=factories.drawing("Circle"))
    copy = translate(translator, page)
    assert not copy.live
    html = translator.get(f"/admin/pages/{copy.pk}/edit/").content.decode()
    assert "“Circle” has no alt text in Spanish." in html
    assert f'href="/admin/images/{page.lead_picture_id}/"' in html
    assert "Open “Circle”" in html
