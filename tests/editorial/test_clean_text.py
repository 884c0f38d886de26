"""Text is cleaned when it is saved, and no text in the database makes a file invalid."""

import csv
import json
import random
import re
import time
from email import message_from_bytes, policy
from io import StringIO
from xml.etree import ElementTree

import pytest
from django.apps import apps
from django.core import mail
from django.db import connection, models
from django.test import Client
from django.utils import timezone
from wagtail.fields import StreamField
from wagtail.models import Page, Site

from actions.campaigns import render_csv
from actions.mails import send
from actions.models import ActionPage
from actions.signatures import Signature
from editorial.clean_text import UNCHANGED, clean_line, clean_text
from news.models import NewsIndexPage, NewsPage
from site_settings.models import SiteSettings
from tests import factories

FORBIDDEN = re.compile("[\0-\x08\v\f\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
# Random texts are made of these and of any other characters.
ODD = [
    *map(chr, (*range(0x20), *range(0x7F, 0xA1), 0xAD, *range(0x2000, 0x2070), 0xFEFF, 0xFFFD)),
    *("\ud800", "\udfff", "\ufdd0", "\ufff9", "\ufffe", "\uffff", "\U0010ffff", "\U000e0041"),
    *("a", "ש", "م", "e\u0301", "\u200d", "]]>", "</script>", "<!--", "<p>", "&amp;", '"', "\\"),
]


def random_texts(count: int) -> list[str]:
    chosen = random.Random(23)  # noqa: S311
    return [
        "".join(
            chosen.choice(ODD) if chosen.random() < 0.8 else chr(chosen.randrange(0x110000))
            for _ in range(chosen.randrange(1, 25))
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("Safe supply", "Safe supply"),
        ("Two\vlines", "Two lines"),
        ("  Too \t many \r\n spaces\f", "Too many spaces"),
        ("Two\u2028lines\u2029here\x85now", "Two lines here now"),
        ("\ufeffMark\ufeff", "Mark"),
        ("\0C\x01on\x1ftrol\x7f\x9f", "Control"),
        ("Half \ud83d of one", "Half of one"),
        ("\ufffe\uffff\U0001fffe\ufdd0No\ufff9 character", "No character"),
        ("\u00a0\u3000\u200bEdges\u200b\u00a0", "Edges"),
        # Kept, because languages need them
        ("10\u00a0mg", "10\u00a0mg"),
        ("qu\u00adoi", "qu\u00adoi"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ក\u200bខ, 👩\u200d👧, \u200eab\u200f", "ក\u200bខ, 👩\u200d👧, \u200eab\u200f"),
        ("Nave\u0301, 🏴\U000e0067\U000e007f", "Nave\u0301, 🏴\U000e0067\U000e007f"),
        # Directional marks are kept in pairs only.
        ("a \u2067שלום\u2069 b", "a \u2067שלום\u2069 b"),
        ("a \u202bשלום\u202c b", "a \u202bשלום\u202c b"),
        ("a \u202eevil", "a evil"),
        ("a \u2069b\u202c", "a b"),
        ("\u2067a\u202bb\u2069c\u202c", "\u2067ab\u2069c"),
        ("\u202ba\u2067b\u202cc\u2069d\u202c", "\u202ba\u2067bc\u2069d\u202c"),
        ("\u202ba\vb\u202c", "a b"),
    ],
)
def test_line_is_clean(text: str, line: str) -> None:
    assert clean_line(text) == line


def test_text_keeps_its_lines() -> None:
    assert clean_text(" One\vtwo\r\n\r\nthree\rfour  \u2028") == "One\ntwo\r\n\r\nthree\nfour"
    assert clean_text("<p>a \u2067b</p>\n<p>c\u2069</p>") == "<p>a b</p>\n<p>c</p>"


def test_random_texts_are_clean_and_stay_so() -> None:
    for text in random_texts(300):
        for clean in (clean_text, clean_line):
            cleaned = clean(text)
            assert not FORBIDDEN.search(cleaned), ascii(text)
            assert clean(cleaned) == cleaned, ascii(text)
            cleaned.encode()


@pytest.mark.parametrize(
    "text",
    ["a" + " \n" * 50_000 + "b", "\u202a" * 50_000 + "\u2069" * 50_000],
    ids=["spaces", "directional marks"],
)
def test_time_does_not_grow_with_the_square_of_the_length(text: str) -> None:
    start = time.process_time()
    clean_text(text)
    assert time.process_time() - start < 2  # seconds


@pytest.mark.parametrize("model", apps.get_models(include_auto_created=True))
def test_every_text_field_cleans_what_is_saved(model: type[models.Model]) -> None:
    if model._meta.label in UNCHANGED:
        return
    for field in model._meta.local_concrete_fields:
        value: object = "a\v\ud800"
        if isinstance(field, StreamField | models.JSONField):
            value = [{"type": "text", "value": {"list": [value]}, "id": None}]
        elif not isinstance(field, models.CharField | models.TextField):
            continue
        written = str(field.get_db_prep_save(value, connection))
        assert "\\v" not in ascii(written), field
        assert "ud800" not in ascii(written), field


def test_every_way_to_save_cleans(news_index: NewsIndexPage) -> None:
    odd = "A\vtitle\ud800 "
    body = json.dumps([{"type": "text", "value": f"<p>{odd}</p>"}])
    page = factories.NewsPageFactory(parent=news_index, slug="a", title=odd, body=body)
    assert page.title == "A title"  # what receivers of signals read
    assert str(page.body[0].value.source) == "<p>A\ntitle </p>"
    page.title, page.summary = odd, "Two\vlines"
    revision = page.save_revision()
    revision.refresh_from_db()
    assert (revision.content["title"], revision.content["summary"]) == ("A title", "Two\nlines")
    NewsPage.objects.filter(pk=page.pk).update(title=odd)
    assert Page.objects.get(pk=page.pk).title == "A title"
    page.title = odd
    Page.objects.bulk_update([page], ["title"])
    assert Page.objects.get(pk=page.pk).title == "A title"
    settings = SiteSettings(site=Site.objects.get(), organization=odd)
    (saved,) = SiteSettings.objects.bulk_create([settings])
    saved.refresh_from_db()
    assert saved.organization == "A title"


def store(model: type[models.Model], column: str, pk: object, text: str) -> None:
    """Write `text` as a database of an earlier version may contain it."""
    with connection.cursor() as cursor:
        table = model._meta.db_table
        key = model._meta.pk.column
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", [text, pk])  # noqa: S608


def storable(texts: list[str]) -> list[str]:
    """The texts without what PostgreSQL does not store."""
    return [re.sub("[\0\ud800-\udfff]", "", text) for text in texts]


def test_feeds_sitemap_and_structured_data_are_valid(
    news_index: NewsIndexPage, client: Client
) -> None:
    pages = [factories.NewsPageFactory(parent=news_index, slug=f"n{n}") for n in range(15)]
    texts = storable(random_texts(300))
    site = SiteSettings.objects.update_or_create(site=Site.objects.get())[0]
    store(SiteSettings, "organization", site.pk, texts[0])
    for number, page in enumerate([news_index, *pages]):
        chosen = "".join(texts[number::16])
        store(Page, "title", page.pk, chosen[:200])
        store(type(page), "summary", page.pk, chosen)
        if number:
            store(type(page), "byline", page.pk, chosen[40:100])
    feed = client.get("/news/feed/")
    assert feed.status_code == 200
    entries = ElementTree.fromstring(feed.content).findall("{*}entry")  # noqa: S314
    assert len(entries) == len(pages)
    sitemap = client.get("/sitemap.xml").content
    assert len(ElementTree.fromstring(sitemap)) > len(pages)  # noqa: S314
    for page in pages[:3]:
        title = Page.objects.get(pk=page.pk).title
        html = client.get(page.url).content.decode()
        (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
        assert title in [item.get("headline") for item in json.loads(data)["@graph"]]


def test_exports_and_mails_are_valid(home: Page) -> None:
    for text in storable(random_texts(100)):
        action = ActionPage(title=text, kind="join")
        row = Signature(email="a@example.org", name=text, language="en")
        row.confirmed_at = timezone.now()
        lines = list(csv.reader(StringIO(render_csv(action, [row]), newline=""), strict=True))
        assert [len(line) for line in lines] == [7, 7]
        send("a@example.org", "Subject", "actions/mails/confirm", "en", page=action, link=text)
        parsed = message_from_bytes(mail.outbox.pop().message().as_bytes(), policy=policy.default)
        assert not parsed.defects
        types = [part.get_content_type() for part in parsed.iter_parts()]
        assert types == ["text/plain", "text/html"]
