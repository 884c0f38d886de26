"""Tests with a language that this project does not ship.

Every message of this project is translated, or the system check reports what is missing.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polib
import pytest
from bs4 import BeautifulSoup
from bs4.element import NavigableString
from django.conf import settings as configured
from django.core.mail import EmailMultiAlternatives
from django.template.defaultfilters import filesizeformat
from django.test import Client
from django.utils import translation
from django.utils.formats import date_format
from django.utils.html import strip_tags
from django.utils.timezone import localdate
from procrastinate.testing import InMemoryConnector
from wagtail.documents import get_document_model
from wagtail.models import Locale, Page

from actions import signatures
from dpa_site.checks import check_languages
from pictures.models import Picture
from search.models import SearchEntry
from staff.models import User
from tests import crawling
from tests.actions.conftest import queue as queue
from tests.actions.test_signatures import link, run_queue
from tests.every_page import PUBLIC_PATHS

CODE, OPENING, CLOSING = "eo", "⟦", "⟧"
SPANISH = configured.BASE_DIR / "locale/es/LC_MESSAGES/django.po"
TEXT_ATTRIBUTES = ("alt", "aria-label", "placeholder", "title", "content")
VIEWS = sorted(path for path in PUBLIC_PATHS if path.startswith(("/take-part/", "/search/")))


def pseudo_catalog() -> polib.POFile:
    """A catalog of our own messages. Each translation is the message between ⟦ and ⟧."""
    catalog = polib.pofile(str(SPANISH))
    for entry in catalog:
        if entry.msgid_plural:
            plural = f"{OPENING}{entry.msgid_plural}{CLOSING}"
            entry.msgstr_plural = {0: f"{OPENING}{entry.msgid}{CLOSING}", 1: plural}
        else:
            # Line breaks at the start and end stay outside the marks: Django requires that a
            # translation starts and ends with the same line breaks as its original.
            start, words, end = re.fullmatch(r"(\n*)(.*?)(\n*)", entry.msgid, re.DOTALL).groups()
            entry.msgstr = f"{start}{OPENING}{words}{CLOSING}{end}"
    return catalog


def install(catalog: polib.POFile, folder: Path) -> None:
    file = folder / CODE / "LC_MESSAGES/django.mo"
    file.parent.mkdir(parents=True, exist_ok=True)
    catalog.save_as_mofile(str(file))


@pytest.fixture
def third_language(settings: Any, tmp_path: Path) -> Path:
    """Esperanto in LANGUAGES, with the pseudo catalog. Returns the folder of the catalog."""
    install(pseudo_catalog(), tmp_path)
    settings.LOCALE_PATHS = [*settings.LOCALE_PATHS, tmp_path]
    settings.LANGUAGES = [*settings.LANGUAGES, (CODE, "Esperanto")]
    settings.WAGTAIL_CONTENT_LANGUAGES = settings.LANGUAGES
    return tmp_path


@pytest.fixture
def pages(third_language: Path, every_page: SimpleNamespace) -> list[Page]:
    """A published copy of every page for the third language. The content is not translated."""
    return publish_copies(CODE, *vars(every_page).values())


def publish_copies(code: str, *originals: Page) -> list[Page]:
    locale = Locale.objects.create(language_code=code)
    for picture in Picture.objects.all():
        picture.other_descriptions[code] = picture.description
        picture.save()
    copies = []
    for page in originals:
        page = type(page).objects.get(pk=page.pk)
        if not page.has_translation(locale):
            page.copy_for_translation(locale, copy_parents=True)
        copy = type(page).objects.get(pk=page.get_translation(locale).pk)
        copy.alias_of = None
        copy.save_revision().publish()
        copies.append(copy)
    return copies


def texts(html: str) -> Iterator[str]:
    """The text nodes and readable attributes of a page, except dates, URLs and other languages."""
    page = BeautifulSoup(html, "html.parser")
    for element in page.select(f"script, style, time, [dir=ltr], body [lang]:not([lang={CODE}])"):
        element.decompose()
    found = [node for node in page.find_all(string=True) if type(node) is NavigableString]
    for element in page.find_all(True):
        if element.name != "meta" or element.get("name") == "description":
            found += [str(element[name]) for name in TEXT_ATTRIBUTES if element.get(name)]
    for text in found:
        yield " ".join(text.split())


def editors_text() -> str:
    """All text that may stay untranslated: texts of editors, names of languages, today's date."""
    pages = (page.serializable_data().values() for page in Page.objects.specific())
    written = [str(value) for values in pages for value in values]
    written += [
        f"{photo.title} {photo.description} {photo.credit}" for photo in Picture.objects.all()
    ]
    written += SearchEntry.objects.values_list("text", flat=True)  # search results quote this text
    with translation.override(CODE):
        written += ["English Español Esperanto", date_format(localdate())]
        # Inside override(), because filesizeformat() translates “bytes”.
        for document in get_document_model().objects.all():
            size = filesizeformat(document.get_file_size())
            written.append(f"{document.title} ({document.file_extension.upper()}, {size})")
    return " ".join(strip_tags(" ".join(written)).split())


def untranslated(html: str, allowed: str) -> list[str]:
    """Texts of a public page that are neither from the catalog nor from editors."""
    found = []
    for text in texts(html):
        parts = re.split(r"https?://\S+|[·:,…] ?|\(\d+\)", "" if OPENING in text else text)
        if any(re.search(r"[^\W\d_]", part) and part.strip() not in allowed for part in parts):
            found.append(text)
    return found


def test_public_pages_are_translated(pages: list[Page], client: Client) -> None:
    allowed = editors_text()
    paths = [*(page.url for page in pages), *(f"/{CODE}{path}" for path in VIEWS), f"/{CODE}/no/"]
    wrong = {}
    for path in paths:
        response = client.get(path)
        assert response.status_code == (404 if path.endswith("/no/") else 200), path
        html = response.content.decode()
        assert f'<html lang="{CODE}"' in html
        if found := untranslated(html, allowed):
            wrong[path] = found
    assert wrong == {}


def test_mails_are_translated(
    pages: list[Page],
    client: Client,
    queue: InMemoryConnector,
    mailoutbox: list[EmailMultiAlternatives],
    every_page: SimpleNamespace,
) -> None:
    signatures.take_part(every_page.petition.translation_key, "a@example.org", language=CODE)
    confirm = link(run_queue(queue, mailoutbox))
    assert confirm.startswith(f"/{CODE}/")
    signatures.request_deletion("a@example.org")
    run_queue(queue, mailoutbox)
    for mail in mailoutbox:
        assert OPENING in str(mail.subject)
        assert not untranslated(str(mail.alternatives[0].content), editors_text())


def test_cms_is_translated(pages: list[Page], admin_user: User) -> None:
    """The CMS shows none of our messages in English. Messages of one word are not checked.

    Wagtail's own texts stay in English here, so other English texts are not errors.
    """
    ours = {entry.msgid for entry in polib.pofile(str(SPANISH)) if " " in entry.msgid}
    allowed = editors_text()
    wrong, translated = {}, 0
    for path, html in crawling.cms(admin_user, CODE):
        if path.startswith("/admin/guide/"):  # the guide is English, and says so with `lang`
            continue
        translated += OPENING in html
        if found := [text for text in texts(html) if text in ours and text not in allowed]:
            wrong[path] = found
    assert translated > 60
    assert wrong == {}


def test_pages_are_found_by_search(pages: list[Page], client: Client) -> None:
    assert SearchEntry.objects.filter(language=CODE).count() == len(pages)
    assert 'href="/eo/write/"' in client.get(f"/{CODE}/search/?q=write").content.decode()


def test_system_check_reports_what_the_third_language_lacks(third_language: Path) -> None:
    assert [(warning.id, warning.msg) for warning in check_languages()] == [
        (
            "dpa_site.W004",
            "Esperanto: PostgreSQL has no text search configuration for this language, so search "
            "finds no other forms of a word.",
        ),
        ("dpa_site.W005", "Esperanto: templates/413.html has no text in this language."),
        ("dpa_site.W005", "Esperanto: templates/500.html has no text in this language."),
        ("dpa_site.W005", "Esperanto: templates/signed_out.html has no text in this language."),
        (
            "dpa_site.W006",
            "Esperanto: editorial/content_words.py has no words for this language, so the content "
            "checks find less.",
        ),
    ]


def test_system_check_names_missing_messages(third_language: Path) -> None:
    catalog = pseudo_catalog()
    for msgid in ("Home", "Donate"):
        entry = catalog.find(msgid)
        assert entry, msgid
        entry.msgstr = ""
    install(catalog, third_language)
    [warning] = [found for found in check_languages() if found.id == "dpa_site.W002"]
    assert warning.msg == "Esperanto: locale/eo/ does not translate 2 messages, such as “Donate”."
    (third_language / CODE / "LC_MESSAGES/django.mo").unlink()
    [warning] = [found for found in check_languages() if found.id == "dpa_site.W001"]
    assert (
        warning.msg
        == "Esperanto: locale/eo/ has no compiled messages (django.mo), so buttons are in English."
    )


def test_system_check_accepts_the_default_languages_and_their_variants(settings: Any) -> None:
    assert check_languages() == []
    settings.LANGUAGES = [("en-gb", "British English"), ("es-mx", "Mexican Spanish")]
    settings.TEXT_SEARCH_CONFIGS = {"en-gb": "english", "es-mx": "spanish"}
    assert check_languages() == []


def test_rejected_form_is_explained_in_every_language(
    third_language: Path, home: Page, client: Client
) -> None:
    response = client.post("/take-part/delete/", headers={"sec-fetch-site": "cross-site"})
    assert response.status_code == 403
    html = response.content.decode()
    for code, words in (("en", "Go back, open"), ("es", "Vuelve atrás"), (CODE, OPENING)):
        assert re.search(rf'<p lang="{code}">[^<]*{words}', html), code


def test_arabic_is_written_from_right_to_left(
    settings: Any, every_page: SimpleNamespace, client: Client
) -> None:
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "Arabic")]
    settings.WAGTAIL_CONTENT_LANGUAGES = settings.LANGUAGES
    _home, page = publish_copies("ar", every_page.home, every_page.urgent)
    html = client.get(page.url).content.decode()
    assert '<html lang="ar" dir="rtl">' in html
    # Numbers and URLs are read from left to right.
    assert re.search(r'href="tel:\+15550100"><span class="call-number">Call <span dir="ltr">', html)
    assert f'<a href="{page.full_url}" dir="ltr">' in html
    assert f"<bdi>{page.full_url}</bdi>" in html
