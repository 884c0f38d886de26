"""Submitted stories become drafts for the stewards, and the sender's data is protected."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, TestCase
from django.urls import reverse
from django.utils.timezone import localdate, now
from procrastinate.contrib.django import app
from procrastinate.testing import InMemoryConnector

from actions.rate_limit import buckets
from consent import plans, withdrawal
from consent.models import ConsentRecord
from editorial.publishing.rules import PublishingRefused
from mission.models import HomePage
from pictures.models import Picture
from stories import submissions
from stories.contacts import Contact, PicturePart, Submission
from stories.models import StoryIndexPage, StoryPage
from stories.submission_form import SubmissionForm
from tests import factories
from tests.actions.conftest import queue as queue
from tests.consent.test_withdrawal import columns_with
from tests.pictures.sample_photographs import CREATOR, MARK, photograph
from tests.translation_workflow import spanish

FORM_PATH = "/take-part/story/"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
# Made once: its color profile contains the time, so a second file would differ.
JPEG = photograph("JPEG")
REACH = "zqkwvrosa@example.org, after six"


@pytest.fixture(autouse=True)
def _open(story_index: StoryIndexPage, monkeypatch: pytest.MonkeyPatch) -> None:
    buckets.clear()
    # The rate limit does not recover during a slow test.
    monkeypatch.setattr(buckets, "clock", lambda: 1.0)
    story_index.takes_stories = True
    story_index.save()


def read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def somebody(group: str) -> Client:
    user = factories.UserFactory(email=f"{group.split()[-1]}@example.org")
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


def form_data(client: Client, **values: object) -> dict:
    html = client.get(FORM_PATH).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))
    return {
        **hidden,
        "fax": "",  # the honeypot
        "story": "They took my <b>kids</b>.\n\nI got them back.",
        "naming": "changed",
        "teller": "Rosa",
        "place": "Ohio",
        "scopes": ["for_site", "for_print"],
        "days": "365",
        "reach": REACH,
        "is_own_story": "on",
    } | values


def send(client: Client, **values: object) -> HttpResponse:
    return client.post(FORM_PATH, form_data(client, **values), headers=SAME_ORIGIN)


def send_with_picture(client: Client) -> None:
    """Send a story with a picture, and let the worker add it."""
    send(client, picture=jpeg())
    page = StoryPage.objects.latest("pk")
    submissions.add_portrait(page.pk)
    assert page.consent.submission


def jpeg() -> SimpleUploadedFile:
    return SimpleUploadedFile("maria-lopez.jpg", JPEG)


def test_submission_creates_draft_with_consent(
    client: Client, queue: InMemoryConnector, mailoutbox: list
) -> None:
    somebody("Story stewards")
    assert FORM_PATH in client.get("/stories/").content.decode()
    assert not client.get(FORM_PATH).cookies
    for _twice in range(2):  # a repeated submission creates no second draft
        sent = send(client, picture=jpeg())
        assert (sent.status_code, sent["Location"]) == (303, "/take-part/received/")
        assert not sent.cookies
    assert client.get(sent["Location"]).status_code == 200

    assert columns_with(MARK.decode()) == columns_with(REACH) == []
    story = StoryPage.objects.get()
    assert story.portrait is None
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if MARK in read(path)]
    [job] = queue.jobs.values()
    assert (job["task_name"], job["args"]) == ("receive_story", {"page": story.pk})
    app.tasks["receive_story"](page=story.pk)
    assert not PicturePart.objects.exists()

    story.refresh_from_db()
    draft = story.get_latest_revision_as_object()
    assert draft.portrait == story.portrait
    assert not story.live
    assert (draft.teller, draft.name_changed, draft.place) == ("Rosa", True, "Ohio")
    assert "They took my &lt;b&gt;kids" in str(draft.body)
    record = story.consent
    assert story.portrait.consent == record
    assert (record.shown, record.basis, record.may_be_named) == ("recognizable", "", False)
    scopes = (record.for_site, record.for_social, record.for_print, record.for_press)
    assert scopes == (True, False) * 2
    assert record.expires_on == localdate() + timedelta(days=365)
    with pytest.raises(PublishingRefused, match="Say why we may show this"):
        draft.save_revision().publish()

    assert columns_with(REACH) == columns_with(CREATOR) == []
    assert Contact.objects.get().reach == REACH
    files = list(Path(settings.MEDIA_ROOT).rglob("*.*"))
    assert Path(story.portrait.file.path) in files
    for path in files:
        assert "lopez" not in path.name
        assert MARK not in read(path)

    _received, job, mail_job = queue.jobs.values()
    assert (job["task_name"], job["args"]) == ("make_sizes", {"picture": story.portrait.pk})
    app.tasks["make_sizes"](picture=story.portrait.pk)
    assert len(story.portrait.renditions.all()) == len(story.portrait.specs)
    app.tasks[mail_job["task_name"]](**mail_job["args"])
    assert [mail.to for mail in mailoutbox] == [["stewards@example.org"]]
    contact_url = reverse("stories_contact", args=[story.pk])
    words = mailoutbox[0].subject + mailoutbox[0].body.replace(settings.SITE_URL + contact_url, "")
    assert not any(word in words for word in ("kids", "Rosa", "Ohio", "example.org", story.title))


@pytest.mark.parametrize(
    ("naming", "shown", "named"),
    [("name", "recognizable", True), ("changed", "not-recognizable", False)],
)
def test_choice_of_name_decides_who_is_shown(
    naming: str, shown: str, named: bool, client: Client
) -> None:
    send(client, naming=naming, scopes="for_press")
    story = StoryPage.objects.get()
    record = story.consent
    assert (record.shown, record.may_be_named, record.for_site) == (shown, named, False)


def test_submission_with_words_only_has_no_name_or_picture(client: Client) -> None:
    refused = send(client, naming="voice", picture=jpeg())
    assert "Send the form without a picture, or choose a name." in refused.content.decode()
    assert send(client, naming="voice", teller="Rosa Unspeakable").status_code == 303
    story = StoryPage.objects.get()
    assert (story.teller, story.portrait, story.consent.shown) == ("", None, "not-recognizable")
    assert columns_with("Unspeakable") == []


def test_contact_details_are_for_stewards_until_reply(client: Client) -> None:
    send(client)
    story = StoryPage.objects.get()
    url, home = reverse("stories_contact", args=[story.pk]), reverse("wagtailadmin_home")
    edit = reverse("wagtailadmin_pages:edit", args=[story.pk])
    for group in ("Writers", "Editors"):
        colleague = somebody(group)
        for page in (home, edit):
            shown = colleague.get(page)
            assert shown.status_code == 200
            assert url not in shown.content.decode()
        assert colleague.get(url).status_code == 302
        assert colleague.post(url).status_code == 302
    steward = somebody("Story stewards")
    for page in (home, edit):
        assert url in steward.get(page).content.decode()
    assert REACH in steward.get(url).content.decode()
    assert REACH not in steward.get(edit).content.decode()
    assert steward.post(url)["Location"] == edit
    assert not Contact.objects.exists()
    assert steward.get(url).status_code == 404
    assert url not in steward.get(home).content.decode()


@pytest.mark.parametrize("answered", [False, True])
def test_purge_contacts_erases_submissions_without_a_signed_form(
    client: Client, answered: bool
) -> None:
    send_with_picture(client)
    send(client, story="A form is on its way.")
    send(client, story="Mine is signed.")
    send(client, story="I wrote only yesterday.")
    unsigned, unfiled, signed, recent = StoryPage.objects.order_by("pk")
    if answered:
        Contact.objects.all().delete()  # as when a steward has replied
    ConsentRecord.objects.filter(pk=unfiled.consent_id).update(basis="form")
    ConsentRecord.objects.filter(pk=signed.consent_id).update(basis="form", form_reference="F-1")
    then = now() - timedelta(days=settings.PERSONAL_DATA_RETENTION_DAYS)
    Contact.objects.exclude(page=recent).update(sent_at=then)
    Submission.objects.exclude(consent=recent.consent).update(sent_at=then)
    call_command("purge_contacts")
    assert list(Contact.objects.values_list("page", flat=True)) == ([] if answered else [recent.pk])
    assert Submission.objects.get().consent == recent.consent
    assert list(StoryPage.objects.order_by("pk")) == [signed, recent]
    assert not Picture.objects.exists()
    assert columns_with("got them back") == []
    assert client.get(unsigned.url).status_code == 410


def test_picture_of_an_unsigned_story_is_erased_with_its_last_page(client: Client) -> None:
    send_with_picture(client)
    page = StoryPage.objects.get()
    copied = page.copy(update_attrs={"slug": "again"})
    page.delete()
    assert Picture.objects.exists()
    file = Path(Picture.objects.get().file.path)
    assert file.exists()
    with TestCase.captureOnCommitCallbacks(execute=True):
        copied.delete()
    assert not file.exists()
    for model in (Picture, ConsentRecord, Submission):
        assert not model.objects.exists()


def test_picture_of_a_signed_story_outlives_its_page(client: Client) -> None:
    send_with_picture(client)
    page = StoryPage.objects.get()
    ConsentRecord.objects.update(basis="form", form_reference="F-1")
    page.delete()
    assert Picture.objects.get().consent == page.consent
    Submission.objects.update(sent_at=now() - timedelta(days=settings.PERSONAL_DATA_RETENTION_DAYS))
    call_command("purge_contacts")
    assert Picture.objects.exists()


def test_copy_of_an_unsigned_story_is_purged_too(client: Client) -> None:
    send_with_picture(client)
    page = StoryPage.objects.get()
    page.copy(update_attrs={"slug": "again"})
    page.delete()
    Submission.objects.update(sent_at=now() - timedelta(days=settings.PERSONAL_DATA_RETENTION_DAYS))
    call_command("purge_contacts")
    assert not StoryPage.objects.exists()
    assert not Picture.objects.exists()


def test_failed_erasure_of_a_submission_does_not_stop_the_others(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for story in ("The first.", "The second."):
        send(client, story=story)
    first, _second = StoryPage.objects.order_by("pk")
    then = now() - timedelta(days=settings.PERSONAL_DATA_RETENTION_DAYS)
    Submission.objects.update(sent_at=then)
    make_plan = withdrawal.make_plan

    def fail_for_first(records: list[ConsentRecord]) -> plans.Plan:
        if first.consent in records:
            raise OSError
        return make_plan(records)

    monkeypatch.setattr(withdrawal, "make_plan", fail_for_first)
    call_command("purge_contacts")
    assert list(StoryPage.objects.all()) == [first]
    monkeypatch.setattr(withdrawal, "make_plan", make_plan)
    call_command("purge_contacts")
    assert not StoryPage.objects.exists()


def test_withdrawal_of_submission_keeps_others(client: Client) -> None:
    send_with_picture(client)
    send(client, story="Another person's life.")
    mine, other = StoryPage.objects.order_by("pk")
    call_command("purge_contacts")
    assert Contact.objects.count() == 2
    withdrawal.withdraw(withdrawal.make_plan([mine.consent]))
    assert list(Contact.objects.values_list("page", flat=True)) == [other.pk]
    assert not Picture.objects.exists()
    assert columns_with("got them back") == []
    assert other.revisions.count() == 1


def test_submission_form_shows_errors_and_keeps_input(client: Client) -> None:
    damaged = SimpleUploadedFile("a.jpg", photograph("JPEG")[:400])
    refused = send(client, picture=damaged)
    html = refused.content.decode()
    assert (refused.status_code, refused["Cache-Control"]) == (422, "no-store")
    assert "The file is damaged or is not a picture." in html
    for kept in ("I got them back.", 'value="Rosa"', 'value="Ohio"', f'value="{REACH}"'):
        assert kept in html
    assert len(re.findall(r"<input[^>]* checked", html)) == 5
    nothing = dict.fromkeys(
        ("story", "naming", "teller", "scopes", "days", "reach", "is_own_story"), ""
    )
    html = send(client, **nothing, picture=jpeg()).content.decode()
    assert "8 things need fixing" in html
    assert "Choose the picture again" in html
    for name in ("story", "naming_0", "scopes_0", "days_0", "picture"):
        assert html.count(f'href="#id_{name}"') == html.count(f' id="id_{name}"') == 1
    long = send(client, story="a" * 20_001).content.decode()
    assert "Your story has 20001 characters" in long
    assert "a" * 20_001 in long
    assert not StoryPage.objects.exists()


def test_too_large_upload_is_truncated_at_limit(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    monkeypatch.setattr(SubmissionForm, "max_file_size", 100_000)
    monkeypatch.setattr(
        "actions.forms.TemporaryFileUploadHandler.receive_data_chunk",
        lambda handler, data, start: written.append(len(data)),
    )
    large = SimpleUploadedFile("a.jpg", b"x" * 3_000_000)
    html = send(client, picture=large).content.decode()
    assert "The picture is larger than 20 MB." in html
    assert "I got them back." in html
    assert 100_000 <= sum(written) < 300_000


def test_submission_form_rejects_bots_other_sites_and_floods(client: Client) -> None:
    form = form_data(client)
    assert client.post(FORM_PATH, form, headers={"origin": "null"}).status_code == 403
    assert client.post(FORM_PATH, form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(FORM_PATH, form | {"fax": "1"}, headers=SAME_ORIGIN).status_code == 422
    assert client.post(FORM_PATH, form | {"timestamp": "0"}, headers=SAME_ORIGIN).status_code == 422
    # The two requests with status 422 count too.
    for _once_more in range(SubmissionForm.sender_rate.burst - 2):
        client.post(FORM_PATH, form | {"fax": "1"}, headers=SAME_ORIGIN)
    refused = client.post(FORM_PATH, form, headers=SAME_ORIGIN)
    assert refused.status_code == 429
    assert "I got them back." in refused.content.decode()
    assert not StoryPage.objects.exists()


def test_takes_stories_applies_to_all_languages(
    home: HomePage, story_index: StoryIndexPage, client: Client
) -> None:
    home.copy_for_translation(spanish()).save_revision().publish()
    in_spanish = story_index.copy_for_translation(spanish())
    in_spanish.takes_stories = False
    in_spanish.save_revision().publish()
    assert 'lang="es"' in client.get(f"/es{FORM_PATH}").content.decode()
    assert f"/es{FORM_PATH}" in client.get(in_spanish.url).content.decode()
    StoryIndexPage.objects.filter(pk=in_spanish.pk).update(takes_stories=True)
    story_index.takes_stories = False
    story_index.save()
    for path in (FORM_PATH, f"/es{FORM_PATH}"):
        assert client.get(path).status_code == 404
    for page in (story_index, in_spanish):
        listed = client.get(page.url)
        assert listed.status_code == 200
        assert "take-part/story" not in listed.content.decode()
