"""All template text is translatable, and the catalogs are complete."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.translation import get_language_info
from wagtail.users.models import UserProfile

from dpa_site.checks import ERROR_PAGES
from dpa_site.devtools import messages
from staff.models import User

TEMPLATES = sorted(
    path
    for path in (settings.BASE_DIR / "templates").rglob("*.html")
    # Pages that nginx sends contain every language; theme.html prints CSS class names; the pattern
    # library is not public.
    if path not in ERROR_PAGES and path.name != "theme.html" and path.parent.name != "style"
)
MARKUP = (
    r"\{#.*?#\}",
    r"\{%\s*comment.*?endcomment\s*%\}",
    r"\{%\s*block (?:body_?class|theme)\b.*?endblock\s*%\}",
    r"\{%\s*blocktranslate.*?endblocktranslate\s*%\}",
    r"\{%.*?%\}",
    r"\{\{.*?\}\}",
    r"<!doctype[^>]*>",
    r"&\w+;",
)
TEXT_ATTRIBUTES = re.compile(r'(?:alt|aria-label|placeholder|title)="([^"]*)"')


@pytest.mark.parametrize(
    "path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR / "templates"))
)
def test_template_text_is_translatable(path: Path) -> None:
    text = path.read_text("utf-8")
    for pattern in MARKUP:
        text = re.sub(pattern, "", text, flags=re.DOTALL)
    bare = TEXT_ATTRIBUTES.findall(text) + re.sub(r"<[^>]*>", " ", text).split()
    found = [word for word in bare if re.search(r"[^\W\d_]", word)]
    assert not found, f"{path}: {found} cannot be translated. Use {{% translate %}}."


CATALOGS = [pytest.param(path, id=path.parts[-3]) for path in messages.CATALOGS]


def test_catalogs_exist() -> None:
    assert messages.CATALOGS


def describe(message: messages.Message) -> str:
    context, singular, _plural = message
    return f"“{singular}”" + (f" (in the context “{context}”)" if context else "")


def catalog_errors(path: Path, collected: set[messages.Message]) -> str:
    """The errors of a catalog as text, or an empty string."""
    catalog = polib.pofile(str(path))
    in_catalog = {messages.key(entry) for entry in catalog if not entry.obsolete}
    empty = [
        entry
        for entry in catalog
        if not (all(entry.msgstr_plural.values()) if entry.msgid_plural else entry.msgstr)
    ]
    wrong = {
        "Missing in": collected - in_catalog,
        "No longer in code or templates, but in": in_catalog - collected,
        "Not translated in": {messages.key(entry) for entry in empty if not entry.obsolete},
        "Marked as fuzzy in": {messages.key(entry) for entry in catalog.fuzzy_entries()},
    }
    name = path.relative_to(settings.BASE_DIR) if path.is_relative_to(settings.BASE_DIR) else path
    lines = [
        f"{what} {name}: {', '.join(sorted(map(describe, found)))}"
        for what, found in wrong.items()
        if found
    ]
    language = get_language_info(path.parts[-3])["name"]
    return "\n".join([*lines, f"Run make messages and write the {language}."]) if lines else ""


@pytest.mark.parametrize("path", CATALOGS)
def test_catalog_matches_messages_in_code(path: Path) -> None:
    collected = messages.collect()
    assert len(collected) > 500, "Too few messages were found. Correct this test."
    wrong = catalog_errors(path, collected)
    assert not wrong, wrong


def test_catalog_errors_name_missing_obsolete_and_untranslated_messages(tmp_path: Path) -> None:
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
    assert catalog_errors(path, {*used, ("menu", "New", "")}) == (
        f"Missing in {path}: “New” (in the context “menu”)\n"
        f"No longer in code or templates, but in {path}: “Gone”\n"
        f"Not translated in {path}: “Empty”, “One”\n"
        f"Marked as fuzzy in {path}: “Guess”\n"
        "Run make messages and write the Spanish."
    )
    catalog.clear()
    catalog.append(polib.POEntry(msgid="Home", msgstr="Inicio"))
    catalog.save(str(path))
    assert catalog_errors(path, {("", "Home", "")}) == ""


@pytest.mark.parametrize("path", CATALOGS)
def test_translations_keep_placeholders_and_markup(path: Path) -> None:
    placeholder = re.compile(r"%\(\w+\)[sd]|\{\w+\}|</?\w+[^>]*>|https?://\S+|\n")
    catalog = polib.pofile(str(path))
    assert len(catalog) > 500
    for entry in catalog:
        originals = [entry.msgid, *([entry.msgid_plural] if entry.msgid_plural else [])]
        written = list(entry.msgstr_plural.values()) or [entry.msgstr]
        assert len(written) == (messages.plural_count(catalog) if entry.msgid_plural else 1)
        for other in written:
            assert sorted(placeholder.findall(other)) in [
                sorted(placeholder.findall(original)) for original in originals
            ], f"{path}: keep the placeholders and markup of “{entry.msgid}” in “{other}”"


def test_update_adds_new_and_removes_obsolete_messages(tmp_path: Path) -> None:
    catalog = tmp_path / "pl/LC_MESSAGES/django.po"
    catalog.parent.mkdir(parents=True)
    catalog.touch()
    messages.update(catalog, {("", "One %(count)d", "%(count)d"), ("", "Home", "")})
    home, one = polib.pofile(str(catalog))
    assert not home.translated()
    assert one.msgstr_plural == {0: "", 1: "", 2: ""}  # Polish has three forms
    messages.update(catalog, {("", "Home", "")})
    assert [entry.msgid for entry in polib.pofile(str(catalog))] == ["Home"]


def test_scripts_of_the_cms_are_translated(admin_client: Client, admin_user: User) -> None:
    UserProfile.objects.create(user=admin_user, preferred_language="es")
    script = admin_client.get(reverse("wagtailadmin_javascript_catalog")).content.decode()
    assert "Buscar opciones" in script


def test_templates_are_found() -> None:
    assert len(TEMPLATES) > 30
