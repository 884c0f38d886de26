"""Every word of the templates can be translated."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings

from dpa_site import words

TEMPLATES = sorted(
    path
    for path in (settings.BASE_DIR / "templates").rglob("*.html")
    # These two pages speak two languages by themselves; ink.html prints the names of CSS classes;
    # readers never see the style page.
    if path.name not in {"500.html", "403_csrf.html", "ink.html"} and path.parent.name != "style"
)
NOT_WORDS = (
    r"\{#.*?#\}",
    r"\{%\s*comment.*?endcomment\s*%\}",
    r"\{%\s*block (?:body_?class|ink)\b.*?endblock\s*%\}",
    r"\{%\s*blocktranslate.*?endblocktranslate\s*%\}",
    r"\{%.*?%\}",
    r"\{\{.*?\}\}",
    r"<!doctype[^>]*>",
    r"&\w+;",
)
READ_ALOUD = re.compile(r'(?:alt|aria-label|placeholder|title)="([^"]*)"')


@pytest.mark.parametrize(
    "path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR / "templates"))
)
def test_no_word_stands_bare(path: object) -> None:
    text = path.read_text("utf-8")  # type: ignore[attr-defined]
    for pattern in NOT_WORDS:
        text = re.sub(pattern, "", text, flags=re.DOTALL)
    bare = READ_ALOUD.findall(text) + re.sub(r"<[^>]*>", " ", text).split()
    assert not [word for word in bare if re.search(r"[^\W\d_]", word)]


CATALOGS = [pytest.param(path, id=path.parts[-3]) for path in words.CATALOGS]


def test_there_is_a_catalog() -> None:
    assert words.CATALOGS


@pytest.mark.parametrize("path", CATALOGS)
def test_every_word_is_translated_and_no_other(path: Path) -> None:
    """`make messages` brings the catalog up to date; the empty ones are for you to fill."""
    catalog = polib.pofile(str(path))
    assert {words.key(entry) for entry in catalog} == words.collect()
    assert not catalog.fuzzy_entries()
    assert not catalog.untranslated_entries()
    assert not [entry.msgid for entry in catalog if "" in entry.msgstr_plural.values()]


@pytest.mark.parametrize("path", CATALOGS)
def test_a_translation_keeps_what_is_filled_in_and_its_markup(path: Path) -> None:
    kept = re.compile(r"%\(\w+\)[sd]|\{\w+\}|</?\w+[^>]*>|https?://\S+|\n")
    for entry in polib.pofile(str(path)):
        originals = [entry.msgid, *([entry.msgid_plural] if entry.msgid_plural else [])]
        written = list(entry.msgstr_plural.values()) or [entry.msgstr]
        for one, other in zip(originals, written, strict=True):
            assert sorted(kept.findall(one)) == sorted(kept.findall(other)), one


def test_a_new_word_is_found_and_one_that_is_gone_goes(tmp_path: Path) -> None:
    catalog = tmp_path / "django.po"
    polib.POFile().save(str(catalog))
    words.update(catalog, {("", "One %(count)d", "%(count)d"), ("", "Home", "")})
    home = next(entry for entry in polib.pofile(str(catalog)) if entry.msgid == "Home")
    assert not home.translated()
    words.update(catalog, {("", "Home", "")})
    assert [entry.msgid for entry in polib.pofile(str(catalog))] == ["Home"]


def test_there_are_templates_to_read() -> None:
    assert len(TEMPLATES) > 30
