"""Withdrawal erases content from database and files, and from restored backups."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from taggit.models import Tag
from wagtail.admin.models import EditingSession, FormState
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents import get_document_model
from wagtail.log_actions import log
from wagtail.models import (
    Comment,
    CommentReply,
    Locale,
    ModelLogEntry,
    PageLogEntry,
    UploadedFile,
    Workflow,
)

from consent import changes, gone_urls, withdrawal
from consent.models import ConsentRecord, Reminder, Withdrawal
from consent.signals import withdrawn
from mission.models import HomePage
from pictures.models import Picture
from pictures.renditions import Rendition
from staff.models import User
from stories.models import StoryIndexPage, StoryPage
from tests import factories

# Create all renditions and search entries, so that their erasure can be checked.
pytestmark = pytest.mark.usefixtures("all_renditions", "cms_search")

PHRASE = "zwxqvjkprhombus"


def columns_with(phrase: str) -> list[str]:
    """Every `table.column` that contains the phrase."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, array_agg(column_name::text) FROM information_schema.columns"
            " WHERE table_schema = 'public' GROUP BY table_name"
        )
        for table, columns in cursor.fetchall():
            matches = ", ".join(f'bool_or("{column}"::text ILIKE %(text)s)' for column in columns)
            cursor.execute(f'SELECT {matches} FROM "{table}"', {"text": f"%{phrase}%"})  # noqa: S608
            [row] = cursor.fetchall()
            found += [f"{table}.{column}" for column, has in zip(columns, row, strict=True) if has]
    return found


def files_with(phrase: str) -> list[Path]:
    return [
        path
        for path in Path(settings.MEDIA_ROOT).rglob("*")
        if phrase in path.name or (path.is_file() and phrase.encode() in path.read_bytes())
    ]


def files_of_pictures() -> list[Path]:
    """Original files and renditions of all pictures."""
    return [
        Path(file.path)
        for picture in Picture.objects.all()
        for file in (picture.file, *(size.file for size in picture.renditions.all()))
    ]


def create_story_with_history(index: StoryIndexPage, home: HomePage, client: Client) -> StoryPage:
    """A story with rows in every table where Wagtail stores something about a page."""
    photo = factories.picture(f"Old {PHRASE}", size=(600, 400))
    old_photo = factories.picture(PHRASE)
    photo.tags.add(PHRASE)
    file = ContentFile(PHRASE.encode(), name=f"{PHRASE}.txt")
    document = get_document_model().objects.create(title=PHRASE, file=file)
    consent = factories.consent()
    story = factories.StoryPageFactory(
        parent=index, title=f"Told by {PHRASE}", slug=PHRASE, portrait=old_photo, consent=consent
    )
    user = factories.UserFactory(is_superuser=True)
    client.force_login(user)
    text = f'<p>{PHRASE} <a linktype="document" id="{document.pk}">x</a></p>'
    for number in range(5):
        story.body = [{"type": "text", "value": text}]
        story.pull_quote = f"These are my words {PHRASE} {number}"
        story.portrait = old_photo if number < 2 else photo
        story.save_revision(user=user, log_action=True).publish(user=user)
    comment = Comment.objects.create(page=story, user=user, text=PHRASE, contentpath="body")
    CommentReply.objects.create(comment=comment, user=user, text=PHRASE)
    comment.log_create(user=user, page_revision=story.latest_revision)
    Workflow.objects.get(name="Editors' approval").start(story, user)
    story.current_workflow_state.current_task_state.reject(user=user, comment=PHRASE)
    FormState.objects.create(
        user=user, content_type=story.content_type, data=PHRASE, last_updated_at=timezone.now()
    )
    story.slug, story.title = f"{PHRASE}-2", f"Told again by {PHRASE}"
    story.save_revision(user=user, log_action=True).publish(user=user)
    EditingSession.objects.create(
        user=user, content_type=story.content_type, object_id=story.pk, last_seen_at=timezone.now()
    )
    upload = ContentFile(PHRASE.encode(), name=f"{PHRASE}.jpg")
    UploadedFile.objects.create(for_content_type=story.content_type, file=upload)
    soon = timezone.now() + timezone.timedelta(days=9)
    story.go_live_at = soon
    story.save_revision(approved_go_live_at=soon)
    spanish = Locale.objects.get_or_create(language_code="es")[0]
    story.copy_for_translation(spanish, copy_parents=True).save_revision().publish()
    story.create_alias(update_slug=f"{PHRASE}-alias", user=user)
    story.copy(update_attrs={"slug": f"{PHRASE}-copy"}, user=user)
    redirect = Redirect.objects.create(old_path=f"/{PHRASE}", redirect_page=story)
    Redirect.objects.create(old_path="/by-link", redirect_link=f"https://x.org/stories/{PHRASE}-2/")
    Redirect.objects.create(old_path=f"/stories/{PHRASE}-alias", redirect_link="/about/")
    log(redirect, "wagtail.create", user=user)
    log(home, "wagtail.edit", user=user, data={"comment": f"These are my words {PHRASE} 4"})
    Reminder.objects.create(record=consent, expires_on=consent.expires_on, days=60)
    link = f'<p><a linktype="page" id="{story.pk}">Read {PHRASE}</a></p>'
    home.sections = [
        {"type": "text", "value": link},
        {"type": "text", "value": f"<p>“These are my <b>words</b> {PHRASE} 4”</p>"},
        {"type": "stories", "value": {"heading": "S", "stories": [story.pk]}},
    ]
    home.save_revision().publish()
    return story


@pytest.fixture
def withdraw(django_capture_on_commit_callbacks: Callable) -> Callable:
    """`withdraw(item)` withdraws an item, runs on-commit callbacks, and returns the plan."""

    def run(item: StoryPage | Picture) -> withdrawal.Plan:
        plan = withdrawal.make_plan([ConsentRecord.objects.get(pk=item.consent_id)])
        with django_capture_on_commit_callbacks(execute=True):
            withdrawal.withdraw(plan)
        return plan

    return run


def test_withdrawal_erases_every_trace_of_story(
    story_index: StoryIndexPage, home: HomePage, client: Client, withdraw: Callable
) -> None:
    story = create_story_with_history(story_index, home, client)
    before = columns_with(PHRASE)
    assert len(before) > 20
    assert "wagtailsearch_indexentry.title" in before
    assert len(files_with(PHRASE)) == 2  # the document and an unfinished upload
    pictures = files_of_pictures()
    assert len(pictures) == sum(1 + len(picture.specs) for picture in Picture.objects.all()) > 10
    assert all(file.is_file() for file in pictures)
    purged_urls = []
    withdrawn.connect(listener := lambda **sent: purged_urls.append(sent["urls"]), weak=False)

    plan = withdrawal.make_plan([story.consent])
    assert len(plan.pages) == 4  # the story, a copy, an alias and a translation
    assert len(plan.files) == 3  # a portrait, a portrait of older revisions, and a document
    assert [use.content_object for use in plan.uses] == [home]
    assert [match.content_object for match in plan.matches if match.is_current] == [home]

    # The withdrawal leaves quotes on other pages. An editor must remove them.
    home = HomePage.objects.get(locale=home.locale)
    home.sections = []
    home.save_revision().publish()
    withdraw(story)
    withdrawn.disconnect(listener)

    assert columns_with(PHRASE) == []
    assert files_with(PHRASE) == []
    assert not [file for file in pictures if file.exists()]
    assert not Reminder.objects.exists()
    assert not EditingSession.objects.exists()
    assert f"http://testserver/stories/{PHRASE}-2/" in purged_urls[0]
    anonymous = Client()
    slugs = (PHRASE, f"{PHRASE}-2", f"{PHRASE}-2/?from=mail", f"{PHRASE}-alias", f"{PHRASE}-copy")
    for path in (f"/{PHRASE}/", *(f"/stories/{slug}/" for slug in slugs)):
        response = anonymous.get(path.replace("mail/", "mail"))
        assert response.status_code == 410, path
        assert not response.cookies
    without_slash = anonymous.get(f"/stories/{PHRASE}", follow=True)
    assert without_slash.status_code == 410
    assert anonymous.get("/stories/never-was/").status_code == 404


def test_withdrawal_erases_the_history_of_the_record(
    story_index: StoryIndexPage, admin_user: User, withdraw: Callable
) -> None:
    story = factories.StoryPageFactory(parent=story_index, consent=factories.consent())
    record = story.consent
    changes.change(
        record.pk, {"form_reference": "DPA-26-4711"}, seen=record.digest, user=admin_user
    )
    assert columns_with("DPA-26-4711")
    withdraw(story)
    assert columns_with("DPA-26-4711") == []


def test_gone_urls_survive_secret_key_rotation(
    story_index: StoryIndexPage, withdraw: Callable, client: Client, settings: Any
) -> None:
    withdraw(factories.StoryPageFactory(parent=story_index, slug=PHRASE))
    former = settings.SECRET_KEY
    settings.SECRET_KEY = "a new key for tests: 0123456789 abcdefghijklmnopqrstuvw"
    assert client.get(f"/stories/{PHRASE}/").status_code == 404
    settings.SECRET_KEY_FALLBACKS = [former]
    assert client.get(f"/stories/{PHRASE}/").status_code == 410


def test_withdrawal_keeps_other_stories_and_shared_pictures(
    story_index: StoryIndexPage, home: HomePage, withdraw: Callable
) -> None:
    shared, own = factories.picture("Shared"), factories.picture("Own")
    for photo in (shared, own):
        photo.tags.add("March")
    own.tags.add("Only of hers")
    other = factories.StoryPageFactory(parent=story_index, portrait=shared)
    other.save_revision()
    story = factories.StoryPageFactory(
        parent=story_index, portrait=shared, listing_picture=own, title="Mine"
    )
    plan = withdraw(story)
    assert [(file, [use.content_object for use in uses]) for file, uses in plan.shared.items()] == [
        (shared, [other])
    ]
    assert plan.uses == []
    assert list(Picture.objects.all()) == [shared]
    assert list(Tag.objects.values_list("name", flat=True)) == ["March"]
    assert StoryPage.objects.get() == other
    assert other.revisions.count() == 1


def test_withdrawal_erases_picture_and_renditions(
    home: HomePage, withdraw: Callable, client: Client
) -> None:
    photo = factories.picture(PHRASE)
    about = factories.StandardPageFactory(parent=home, slug="about", lead_picture=photo)
    file = photo.get_rendition("format-jpeg|width-480").url
    pictures = files_of_pictures()
    purged_urls = []
    withdrawn.connect(listener := lambda **sent: purged_urls.append(sent["urls"]), weak=False)
    plan = withdraw(photo)
    withdrawn.disconnect(listener)
    assert purged_urls == [["http://testserver/about/"]]
    assert [use.content_object for use in plan.uses] == [about]
    assert plan.uses[0].places == ["Lead picture"]
    assert columns_with(PHRASE) == []
    assert files_with(PHRASE) == []
    assert not [path for path in pictures if path.exists()]
    assert client.get(file).status_code == 404
    assert client.get("/about/").status_code == 200


def test_withdrawal_locks_picture_before_deleting_its_renditions(
    home: HomePage, withdraw: Callable
) -> None:
    """The lock waits until a rendition in progress is stored."""
    with CaptureQueriesContext(connection) as captured:
        withdraw(factories.picture())
    queries = [query["sql"] for query in captured.captured_queries]
    locks = [sql for sql in queries if '"pictures_picture"' in sql and "FOR UPDATE" in sql]
    deletions = [sql for sql in queries if sql.startswith('DELETE FROM "pictures_rendition"')]
    assert queries.index(locks[0]) < queries.index(deletions[0])


def test_failed_withdrawal_is_not_recorded(home: HomePage) -> None:
    photo = factories.picture()

    def add_rendition(**sent: object) -> None:
        """Add a rendition of a picture that does not exist. The database rejects it on commit."""
        Rendition.objects.create(image_id=0, filter_spec="x", width=1, height=1, file="x.jpg")

    withdrawn.connect(add_rendition)
    try:
        with pytest.raises(IntegrityError), transaction.atomic():
            withdrawal.withdraw(withdrawal.make_plan([photo.consent]))
    finally:
        withdrawn.disconnect(add_rendition)
    assert Picture.objects.get() == photo
    assert withdrawal.load_records() == []


def test_normal_deletion_clears_the_log(
    story_index: StoryIndexPage, admin_client: Client, withdraw: Callable
) -> None:
    story = factories.StoryPageFactory(parent=story_index, title=f"Told by {PHRASE}")
    copied = story.copy(update_attrs={"slug": "again"})
    photo = factories.picture(f"Portrait of {PHRASE}")
    log(photo, "wagtail.edit", data={"title": PHRASE})
    admin_client.post(reverse("wagtailadmin_pages:delete", args=[copied.pk]))
    admin_client.post(reverse("wagtailimages:delete", args=[photo.pk]))
    assert list(StoryPage.objects.all()) == [story]
    assert not Picture.objects.exists()
    entries = [
        *PageLogEntry.objects.filter(page_id=copied.pk),
        *ModelLogEntry.objects.filter(content_type__model="picture", object_id=photo.pk),
    ]
    deleted = {entry.content_type.model for entry in entries if entry.action == "wagtail.delete"}
    assert deleted == {"storypage", "picture"}
    assert {(entry.label, str(entry.data)) for entry in entries} == {("[erased]", "{}")}
    withdraw(story)
    assert columns_with(PHRASE) == []


def test_withdrawal_record_contains_no_personal_data(
    story_index: StoryIndexPage, withdraw: Callable
) -> None:
    story = factories.StoryPageFactory(parent=story_index, slug=PHRASE)
    story.save_revision(log_action=True)
    key, pk = str(story.consent.key), story.pk
    withdraw(story)
    (record,) = withdrawal.load_records()
    assert set(record) == {"withdrawn_at", "fingerprints", "addresses"}
    assert len(record["fingerprints"]) == len(record["addresses"]) == 1
    assert PHRASE not in json.dumps(record)
    assert key not in json.dumps(record)
    assert [one.fingerprint for one in Withdrawal.objects.all()] == record["fingerprints"]
    entries = PageLogEntry.objects.filter(page_id=pk)
    assert {entry.action for entry in entries} >= {"wagtail.edit"}
    assert {(entry.label, str(entry.data)) for entry in entries} == {("[erased]", "{}")}


def test_apply_withdrawals_updates_restored_database(
    story_index: StoryIndexPage, client: Client, django_capture_on_commit_callbacks: Callable
) -> None:
    story = factories.StoryPageFactory(parent=story_index, slug=PHRASE)
    factories.StoryPageFactory(parent=story_index, slug="other")
    withdrawal.save_records(
        [
            {
                "withdrawn_at": timezone.now().isoformat(),
                "fingerprints": [withdrawal.fingerprint(story.consent)],
                "addresses": gone_urls.path_hashes(f"/stories/{PHRASE}/")[:1],
            }
        ]
    )
    assert client.get(f"/stories/{PHRASE}/").status_code == 200
    call_command("apply_withdrawals")
    call_command("apply_withdrawals")
    assert client.get(f"/stories/{PHRASE}/").status_code == 410
    assert StoryPage.objects.get().slug == "other"


def test_load_content_skips_withdrawn_story(
    db: None, tmp_path: Path, withdraw: Callable, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "stories").mkdir()
    (tmp_path / "home.md").write_text("---\nhero_statement: Hello\n---\n")
    (tmp_path / f"stories/{PHRASE}.md").write_text(
        "---\ntitle: A story\nshown: no-one\nbasis: illustration\n---\nWords.\n"
    )
    call_command("load_content", tmp_path)
    withdraw(StoryPage.objects.get())
    assert columns_with(PHRASE) == []
    call_command("load_content", tmp_path, update=True)
    assert "it was withdrawn" in capsys.readouterr().out
    assert not StoryPage.objects.exists()
