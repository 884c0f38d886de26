"""Updates and compiles the message catalogs in `locale/`, without the gettext programs.

`python -m dpa_site.devtools.messages compile` compiles them. `collect` first updates them from code
and templates: it adds new messages without a translation and removes unused ones. `djangojs.po` has
messages of Wagtail's scripts and is written by hand. So is `en/`, which replaces some of Wagtail's
English.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = ROOT / "locale/en/LC_MESSAGES/django.po"
CATALOGS = sorted({*ROOT.glob("locale/*/LC_MESSAGES/django.po")} - {ENGLISH})
APPS = [path.parent for path in ROOT.glob("*/apps.py")]
KEYWORDS: dict[str, tuple | None] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
Message = tuple[str, str, str]  # msgctxt, msgid, msgid_plural; the first and last may be empty


def compile_all() -> None:
    for path in sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po")):
        compiled = path.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < path.stat().st_mtime:
            polib.pofile(str(path)).save_as_mofile(str(compiled))


def collect() -> set[Message]:
    """All messages that code and templates mark for translation."""
    from babel.messages.extract import extract  # imported here, because production does not have it

    found = set()
    for source in _sources():
        for _line, message, _comments, context in extract("python", source, KEYWORDS):
            singular, plural = message if isinstance(message, tuple) else (message, "")
            found.add((context or "", singular, plural))
    return found


def _sources() -> Iterator[io.BytesIO]:
    from django.utils.translation import templatize

    for app in APPS:
        for path in sorted(app.rglob("*.py")):
            if "migrations" not in path.parts:
                yield io.BytesIO(path.read_bytes())
    for path in sorted((ROOT / "templates").rglob("*.*")):
        if path.suffix in {".html", ".txt"}:
            # Parentheses, because Python would reject the indentation of a template.
            python = templatize(path.read_text("utf-8"), origin=str(path))
            yield io.BytesIO(f"(\n{python}\n)".encode())


def key(entry: polib.POEntry) -> Message:
    return entry.msgctxt or "", entry.msgid, entry.msgid_plural or ""


def plural_count(catalog: polib.POFile) -> int:
    """The number of plural forms in the language of a catalog."""
    found = re.search(r"nplurals=(\d+)", catalog.metadata.get("Plural-Forms", ""))
    return int(found[1]) if found else 2


def update(path: Path, messages: set[Message]) -> None:
    """Adds new messages to a catalog and removes unused ones."""
    from babel.messages.plurals import get_plural

    catalog = polib.pofile(str(path), wrapwidth=100)
    # The catalog of a new language is empty and lacks these headers.
    new = {
        "Language": path.parts[-3],
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": str(get_plural(path.parts[-3])),
    }
    catalog.metadata = new | catalog.metadata
    plurals = plural_count(catalog)
    kept = {key(entry): entry for entry in catalog if not entry.obsolete}
    catalog.clear()
    for context, singular, plural in sorted(
        messages, key=lambda message: (message[1].lower(), message)
    ):
        entry = kept.get((context, singular, plural)) or polib.POEntry(
            msgctxt=context or None,
            msgid=singular,
            msgid_plural=plural,
            msgstr_plural=dict.fromkeys(range(plurals), "") if plural else {},
        )
        if "python-format" not in entry.flags and "%(" in singular:
            entry.flags.append("python-format")
        catalog.append(entry)
    catalog.save(str(path))


if __name__ == "__main__":
    if sys.argv[1:] == ["collect"]:
        found = collect()
        for catalog_path in CATALOGS:
            update(catalog_path, found)
    compile_all()
