"""Every word of the templates can be translated."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils.translation import get_language_info

from dpa_site.devtools import messages

TEMPLATES = sorted(
    path
    for path in (settings.BASE_DIR / "templates").rglob("*.html")
    # These two pages speak two languages by themselves; theme.html prints the names of CSS classes;
    # readers never see the style page.
    if path.name not in {"500.html", "403_csrf.html", "theme.html"} and path.parent.name != "style"
)
NOT_WORDS = (
    r"\{#.*?#\}",
    r"\{%\s*comment.*?endcomment\s*%\}",
    r"\{%\s*block (?:body_?class|theme)\b.*?endblock\s*%\}",
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
def test_no_word_stands_bare(path: Path) -> None:
    text = path.read_text("utf-8")
    for pattern in NOT_WORDS:
        text = re.sub(pattern, "", text, flags=re.DOTALL)
    bare = READ_ALOUD.findall(text) + re.sub(r"<[^>]*>", " ", text).split()
    found = [word for word in bare if re.search(r"[^\W\d_]", word)]
    assert not found, f"{path}: nobody can translate {found}. Put them into {{% translate %}}."


CATALOGS = [pytest.param(path, id=path.parts[-3]) for path in messages.CATALOGS]


def test_there_is_a_catalog() -> None:
    assert messages.CATALOGS


def shown(word: messages.Word) -> str:
    context, one, _several = word
    return f"“{one}”" + (f" (in the context “{context}”)" if context else "")


def what_is_wrong(path: Path, collected: set[messages.Word]) -> str:
    """What a catalog lacks and what it should not have; empty if nothing."""
    catalog = polib.pofile(str(path))
    there = {messages.key(entry) for entry in catalog if not entry.obsolete}
    empty = [
        entry
        for entry in catalog
        if not (all(entry.msgstr_plural.values()) if entry.msgid_plural else entry.msgstr)
    ]
    wrong = {
        "Missing in": collected - there,
        "No longer in code or templates, but in": there - collected,
        "Not translated in": {messages.key(entry) for entry in empty if not entry.obsolete},
        "To be looked at again (fuzzy) in": {
            messages.key(entry) for entry in catalog.fuzzy_entries()
        },
    }
    name = path.relative_to(settings.BASE_DIR) if path.is_relative_to(settings.BASE_DIR) else path
    lines = [
        f"{what} {name}: {', '.join(sorted(map(shown, found)))}"
        for what, found in wrong.items()
        if found
    ]
    language = get_language_info(path.parts[-3])["name"]
    return "\n".join([*lines, f"Run make messages and write the {language}."]) if lines else ""


@pytest.mark.parametrize("path", CATALOGS)
def test_every_word_is_translated_and_no_other(path: Path) -> None:
    """`make messages` brings the catalog up to date; the empty ones are for you to fill."""
    collected = messages.collect()
    assert len(collected) > 500, "Hardly any word was found in code and templates."
    wrong = what_is_wrong(path, collected)
    assert not wrong, wrong


def test_words_that_are_missing_or_empty_are_named_with_their_file(tmp_path: Path) -> None:
    path = tmp_path / "es/LC_MESSAGES/django.po"
    path.parent.mkdir(parents=True)
    catalog = polib.POFile()
    catalog.append(polib.POEntry(msgid="Home", msgstr="Inicio"))
    catalog.append(polib.POEntry(msgid="Empty", msgstr=""))
    catalog.append(polib.POEntry(msgid="Gone", msgstr="Ido"))
    several = {0: "Una", 1: ""}
    catalog.append(polib.POEntry(msgid="One", msgid_plural="Many", msgstr_plural=several))
    catalog.append(polib.POEntry(msgid="Guess", msgstr="Quizás", flags=["fuzzy"]))
    catalog.save(str(path))
    used = {("", "Home", ""), ("", "Empty", ""), ("", "One", "Many"), ("", "Guess", "")}
    assert what_is_wrong(path, {*used, ("menu", "New", "")}) == (
        f"Missing in {path}: “New” (in the context “menu”)\n"
        f"No longer in code or templates, but in {path}: “Gone”\n"
        f"Not translated in {path}: “Empty”, “One”\n"
        f"To be looked at again (fuzzy) in {path}: “Guess”\n"
        "Run make messages and write the Spanish."
    )
    catalog.clear()
    catalog.append(polib.POEntry(msgid="Home", msgstr="Inicio"))
    catalog.save(str(path))
    assert what_is_wrong(path, {("", "Home", "")}) == ""


@pytest.mark.parametrize("path", CATALOGS)
def test_a_translation_keeps_what_is_filled_in_and_its_markup(path: Path) -> None:
    kept = re.compile(r"%\(\w+\)[sd]|\{\w+\}|</?\w+[^>]*>|https?://\S+|\n")
    catalog = polib.pofile(str(path))
    assert len(catalog) > 500
    for entry in catalog:
        originals = [entry.msgid, *([entry.msgid_plural] if entry.msgid_plural else [])]
        written = list(entry.msgstr_plural.values()) or [entry.msgstr]
        for one, other in zip(originals, written, strict=True):
            assert sorted(kept.findall(one)) == sorted(kept.findall(other)), (
                f"{path}: the translation of “{one}” has other markup or other fields: “{other}”"
            )


def test_a_new_word_is_found_and_one_that_is_gone_goes(tmp_path: Path) -> None:
    catalog = tmp_path / "django.po"
    polib.POFile().save(str(catalog))
    messages.update(catalog, {("", "One %(count)d", "%(count)d"), ("", "Home", "")})
    home = next(entry for entry in polib.pofile(str(catalog)) if entry.msgid == "Home")
    assert not home.translated()
    messages.update(catalog, {("", "Home", "")})
    assert [entry.msgid for entry in polib.pofile(str(catalog))] == ["Home"]


def test_there_are_templates_to_read() -> None:
    assert len(TEMPLATES) > 30
