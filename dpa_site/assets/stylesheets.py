"""The stylesheets of public pages: each in one piece, and in the page itself.

A reader on a slow network sees a page as soon as its words are there, whatever becomes of other
files. The policy names each stylesheet by its hash, so no other style in a page counts.
"""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage

ENTRIES = ("css/site.css", "css/help.css")
IMPORT = re.compile(
    r'^@import url\("(?P<name>[\w-]+\.css)"\) (?:layer\((?P<layer>[\w-]+)\)|(?P<medium>\w+));$',
    re.MULTILINE,
)
COMMENT, SPACE = re.compile(r"/\*.*?\*/", re.DOTALL), re.compile(r"\s+")
NEEDLESS = re.compile(r" ?([{};]) ?|(?<=,) ")  # a space before a colon may mean “within”


def bundle(name: str) -> str:
    """A stylesheet with all that it imports, from the sources of each."""

    def imported(line: re.Match) -> str:
        rule = f"@layer {line['layer']}" if line["layer"] else f"@media {line['medium']}"
        return f"{rule} {{{_source('css/' + line['name'])}}}"

    css = COMMENT.sub("", IMPORT.sub(imported, _source(name)))
    return NEEDLESS.sub(r"\1", SPACE.sub(" ", css)).strip()


def text(name: str) -> str:
    """What stands in pages; in development it is read anew each time."""
    return _text(name) if settings.DEBUG else _kept(name)


def sources() -> list[str]:
    """What a content security policy says, so that browsers apply the stylesheets in pages."""
    return [_hash(text(name)) for name in ENTRIES]


def _text(name: str) -> str:
    if hasattr(staticfiles_storage, "stored_name"):  # collected, with hashes in their names
        with staticfiles_storage.open(staticfiles_storage.stored_name(name)) as file:
            css = file.read().decode()
    else:
        css = bundle(name)
    return css.replace("../", settings.STATIC_URL)


_kept = cache(_text)


def _source(name: str) -> str:
    return Path(finders.find(name) or name).read_text(encoding="utf-8")


@cache
def _hash(css: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()}'"
