"""System checks that warn at start if something is missing for a language in LANGUAGES."""

from collections.abc import Iterator
from pathlib import Path

import polib
from bs4 import BeautifulSoup
from django.conf import settings
from django.core import checks
from django.utils.formats import iter_format_modules
from django.utils.translation import get_language_info, to_locale

from editorial.content_words import CONTENT_WORDS

SOURCE_LANGUAGE = "en"  # the language of the messages in code and templates
HINT = "See docs/languages.md."
# These pages must contain every language: the URL does not always tell the reader's language.
ERROR_PAGES = [settings.BASE_DIR / f"templates/{name}.html" for name in (413, 500, "signed_out")]


@checks.register(checks.Tags.translation)
def check_languages(**kwargs: object) -> list[checks.CheckMessage]:
    return [
        checks.Warning(f"{get_language_info(code)['name']}: {sentence}", hint=HINT, id=check_id)
        for code, _name in settings.LANGUAGES
        for check_id, sentence in _missing(code)
    ]


def _missing(code: str) -> Iterator[tuple[str, str]]:
    """Yield (id of the check, sentence) for each thing that the language `code` lacks."""
    base = code.partition("-")[0]
    if base != SOURCE_LANGUAGE:
        yield from _missing_messages(code)
    if not list(iter_format_modules(code)):
        yield (
            "dpa_site.W003",
            "Django has no date formats for this language, so dates look English.",
        )
    if code not in settings.TEXT_SEARCH_CONFIGS:
        yield (
            "dpa_site.W004",
            "PostgreSQL has no text search configuration for this language, so search finds no "
            "other forms of a word.",
        )
    for path in ERROR_PAGES:
        error_page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        if not error_page.select(f'[lang="{code}"], [lang="{base}"]'):
            yield "dpa_site.W005", f"templates/{path.name} has no text in this language."
    if base not in CONTENT_WORDS:
        yield (
            "dpa_site.W006",
            "editorial/content_words.py has no words for this language, so the content checks find "
            "less.",
        )


def _missing_messages(code: str) -> Iterator[tuple[str, str]]:
    base, folder = code.partition("-")[0], f"locale/{to_locale(code)}/"
    catalogs = {path: _messages(path) for root in settings.LOCALE_PATHS for path in _catalogs(root)}
    names = {to_locale(code), to_locale(base)}
    translated = {one for path in catalogs if path.parts[-3] in names for one in catalogs[path]}
    if not translated:
        yield (
            "dpa_site.W001",
            f"{folder} has no compiled messages (django.mo), so buttons are in English.",
        )
    elif missing := sorted({one for found in catalogs.values() for one in found} - translated):
        example = f"{len(missing)} messages, such as “{missing[0]}”"
        yield "dpa_site.W002", f"{folder} does not translate {example}."


def _catalogs(root: str | Path) -> list[Path]:
    return sorted(Path(root).glob("*/LC_MESSAGES/django.mo"))


def _messages(catalog: Path) -> set[str]:
    """The messages that a compiled catalog translates, each preceded by its context, if any."""
    entries = polib.mofile(str(catalog))
    return {" ".join(filter(None, (entry.msgctxt, entry.msgid))) for entry in entries}
