"""Pages and mails show the retention settings, and the documentation shows their defaults."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags
from procrastinate.contrib.django import app
from procrastinate.testing import InMemoryConnector

from actions import signatures
from actions.models import ActionPage
from cms.guide import FOLDER, RETENTION_LINK, render
from dpa_site.settings import retention
from staff.models import User
from stories.contacts import Contact
from stories.models import StoryIndexPage, StoryPage
from tests import crawling
from tests.actions.test_signatures import link, run_queue
from tests.consent.test_withdraw_views import press_erase
from tests.every_page import PUBLIC_PATHS
from tests.translation_workflow import spanish

DEFAULTS = {name: value for name, value in vars(retention).items() if name.isupper()}
CHANGED = {  # values that are unlikely to become defaults
    "PERSONAL_DATA_RETENTION_DAYS": 73,
    "CONFIRMATION_LINK_HOURS": 23,
    "BACKUP_RETENTION_DAYS": 19,
    "DRAFT_LINK_DAYS": 11,
}
UNITS = r"(?:days?|hours?|días?|horas?)"
OLD = re.compile(rf"\b(?:{'|'.join(map(str, DEFAULTS.values()))})\s{UNITS}|two weeks|dos semanas")
NEW = re.compile(rf"\b(?:{'|'.join(map(str, CHANGED.values()))}) {UNITS}")
ROOT = configured.BASE_DIR
DOCUMENTS = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
LANGUAGES = [code for code, _name in configured.LANGUAGES]


def periods(html: str) -> set[str]:
    """The changed periods that a text mentions. Fails if the text mentions a default."""
    words = " ".join(strip_tags(html).split())
    found = OLD.search(words)
    assert not found, words[max(0, found.start() - 100) : found.end()]
    return set(NEW.findall(words))


@pytest.fixture
def changed(settings: Any) -> None:
    for name, value in CHANGED.items():
        setattr(settings, name, value)


@pytest.fixture
def queue() -> Iterator[InMemoryConnector]:
    with app.replace_connector(InMemoryConnector()) as worker:
        yield worker.connector


def test_every_period_is_changed_to_a_value_that_is_no_default() -> None:
    assert CHANGED.keys() == DEFAULTS.keys(), "CHANGED must name every period."
    same = set(CHANGED.values()) & set(DEFAULTS.values())
    assert not same, f"Choose other values than {same} in CHANGED."


def test_starter_pages_show_the_settings(starter: None, changed: None, client: Client) -> None:
    shown = {path: periods(html) for path, html in crawling.public_pages(client)}
    assert len(shown) > 30
    assert shown["/privacy/"] == {"23 hours", "73 days", "11 days", "19 days"}
    assert shown["/es/privacidad/"] == {"23 horas", "73 días", "11 días", "19 días"}
    assert shown["/join/"] == {"23 hours", "73 days"}


def in_spanish(page: StoryPage | StoryIndexPage | ActionPage) -> Any:
    """Publish and return the Spanish copy of a page. The text that editors wrote stays English."""
    copy = page.copy_for_translation(spanish(), copy_parents=True)
    for one in (*copy.get_ancestors().filter(depth__gt=1).specific(), copy):
        one.alias_of = None
        one.save_revision().publish()
    return copy


def test_public_paths_show_the_settings(
    every_page: SimpleNamespace, changed: None, client: Client
) -> None:
    in_spanish(every_page.petition)
    in_spanish(every_page.story_index)
    shown = {path: periods(client.get(path).content.decode()) for path in PUBLIC_PATHS}
    assert shown["/about/"] == {"23 hours", "73 days", "11 days", "19 days"}
    assert shown["/sign/"] == {"23 hours", "73 days"}
    assert shown["/take-part/story/"] == {"73 days", "19 days"}
    for path in ("/es/sign/", "/es/take-part/story/", "/es/take-part/deleted/"):
        response = client.get(path)
        assert response.status_code == 200, path
        assert "días" in " ".join(periods(response.content.decode())), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_mails_and_the_pages_they_link_to_show_the_settings(
    every_page: SimpleNamespace,
    changed: None,
    client: Client,
    queue: InMemoryConnector,
    mailoutbox: list[EmailMultiAlternatives],
    language: str,
) -> None:
    hours = {"en": "23 hours", "es": "23 horas"}[language]
    days = {"en": "19 days", "es": "19 días"}[language]
    same_origin = {"sec-fetch-site": "same-origin"}
    details = {"name": "Rosa", "zip_code": "441", "language": language}
    if language == "es":
        in_spanish(every_page.petition)
    signatures.take_part(every_page.petition.translation_key, "rosa@example.org", **details)
    confirm = link(run_queue(queue, mailoutbox))
    assert periods(client.get(confirm).content.decode()) == {hours}
    assert client.post(confirm, headers=same_origin).status_code == 303
    signatures.request_deletion("rosa@example.org")
    delete = link(run_queue(queue, mailoutbox))
    after = client.post(delete, headers=same_origin, follow=True)
    assert periods(after.content.decode()) == {days}
    assert periods(client.get(confirm).content.decode()) == {hours}  # the link was used before
    assert len(mailoutbox) == 2
    for mail in mailoutbox:
        assert periods(str(mail.body)) == periods(str(mail.alternatives[0].content)) == {hours}


@pytest.mark.parametrize("language", LANGUAGES)
def test_cms_shows_the_settings(
    every_page: SimpleNamespace, changed: None, admin_user: User, language: str
) -> None:
    story = every_page.story
    Contact.objects.create(page=every_page.voice, reach="by letter", key="key")
    shown = {path: periods(html) for path, html in crawling.cms(admin_user, language)}
    assert len(shown) > 100
    client = Client()
    client.force_login(admin_user)
    for name in ("draft_links", "stories_contact"):
        path = reverse(name, args=[every_page.voice.pk])
        shown[path] = periods(client.get(path).content.decode())
    campaign = reverse("campaign", args=[every_page.petition.pk])
    shown[campaign] = periods(client.get(campaign).content.decode())
    withdraw = reverse("consent_withdraw", args=[story._meta.label_lower, story.pk])
    shown[withdraw] = periods(press_erase(client, withdraw, story.title).content.decode())
    unit = {"en": "days", "es": "días"}[language]
    assert shown[reverse("draft_links", args=[every_page.voice.pk])] == {f"11 {unit}"}
    assert shown[campaign] == {f"73 {unit}"}
    assert shown[withdraw] == {f"19 {unit}"}
    hours = {"en": "23 hours", "es": "23 horas"}[language]
    assert shown[reverse("guide_page", args=["run-an-action"])] == {hours, f"73 {unit}"}


def test_page_of_expired_draft_link_shows_the_setting(
    home: object, changed: None, client: Client
) -> None:
    response = client.get(reverse("shared_draft", args=["none"]))
    assert response.status_code == 404
    assert periods(response.content.decode()) == {"11 days"}


@pytest.mark.parametrize(("language", "unit"), [("en", "day"), ("es", "día")])
def test_one_day_and_one_hour_are_singular(
    starter: None, settings: Any, client: Client, language: str, unit: str
) -> None:
    for name in DEFAULTS:
        setattr(settings, name, 1)
    path = {"en": "/privacy/", "es": "/es/privacidad/"}[language]
    words = strip_tags(client.get(path).content.decode())
    assert len(re.findall(rf"\b1 {unit}\b", words)) == 4
    assert len(re.findall(r"\b1 hora?\b|\b1 hour\b", words)) == 1
    assert "1 day" in render(FOLDER / "publish-a-story.md")[1]


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_document_names_the_setting_and_its_default(file: Path) -> None:
    text = file.read_text("utf-8")
    for found in RETENTION_LINK.finditer(text):
        assert int(found["value"]) == DEFAULTS[found["name"]], found[0]
        unit = {"día": "day", "hora": "hour"}.get(found["unit"], found["unit"])
        assert found["name"].endswith(f"{unit}s".upper()), found[0]
    bare = OLD.search(RETENTION_LINK.sub("", text))
    assert not bare, f"Write “{bare[0]}” as a link to its setting, as docs/configuration.md says."


def test_documents_name_every_period() -> None:
    texts = "".join(file.read_text("utf-8") for file in DOCUMENTS)
    assert {found["name"] for found in RETENTION_LINK.finditer(texts)} == DEFAULTS.keys()


@pytest.mark.parametrize("name", DEFAULTS)
def test_default_is_documented(name: str) -> None:
    table = (ROOT / "docs/configuration.md").read_text("utf-8")
    row = next(line for line in table.split("\n") if line.startswith(f"| `{name}` |"))
    assert row.endswith(f"| `{DEFAULTS[name]}` |")
    assert f"# {name}={DEFAULTS[name]}\n" in (ROOT / ".env.example").read_text("utf-8")


def test_starter_content_templates_and_messages_name_no_period() -> None:
    files = [
        *ROOT.glob("starter/**/*.md"),
        *ROOT.glob("templates/**/*.html"),
        *ROOT.glob("templates/**/*.txt"),
        *ROOT.glob("locale/*/LC_MESSAGES/*.po"),
    ]
    assert len(files) > 150
    for file in files:
        found = OLD.search(file.read_text("utf-8"))
        assert not found, f"{file} says “{found[0]}”. Take the figure from the settings."
