"""Stylesheets of public pages, bundled and inlined.

A page renders as soon as its HTML has arrived, even on a slow network where other requests fail.
The Content-Security-Policy allows each stylesheet by its hash, so no other inline style applies.
"""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage

ENTRIES = ("css/site.css", "css/home.css", "css/help.css")
IMPORT = re.compile(
    r'^@import url\("(?P<name>[\w-]+\.css)"\) '
    r"(?:layer\((?P<layer>[\w-]+)\)|supports\((?P<supports>.+)\)|(?P<medium>\w+));$",
    re.MULTILINE,
)
COMMENT, WHITESPACE = re.compile(r"/\*.*?\*/", re.DOTALL), re.compile(r"\s+")
# Keeps a space before a colon, because the space may be a descendant combinator.
REMOVABLE_SPACE = re.compile(r" ?([{};]) ?|(?<=[,:]) ")
LEADING_ZERO = re.compile(r"(?<![\w.])0(?=\.\d)")


def bundle(name: str) -> str:
    """Read a stylesheet from the source files, inline its imports, and minify it."""

    def inlined(line: re.Match) -> str:
        kind = line.lastgroup or ""
        rule = f"@{'media' if kind == 'medium' else kind} {line[kind]}"
        return f"{rule} {{{_source('css/' + line['name'])}}}"

    css = COMMENT.sub("", IMPORT.sub(inlined, _source(name)))
    return LEADING_ZERO.sub("", REMOVABLE_SPACE.sub(r"\1", WHITESPACE.sub(" ", css))).strip()


def text(name: str) -> str:
    """The CSS to inline in pages. Cached, except in development."""
    return _text(name) if settings.DEBUG else _cached_text(name)


def sources() -> list[str]:
    """CSP hash sources that allow the inlined stylesheets."""
    return [_hash(text(name)) for name in ENTRIES]


def _text(name: str) -> str:
    try:
        stored = staticfiles_storage.stored_name(name)  # type: ignore[attr-defined]
    except (AttributeError, ValueError):
        # Only production has stored names, after `collectstatic`. The error page must also work
        # before `collectstatic` has run.
        css = bundle(name)
    else:
        with staticfiles_storage.open(stored) as file:
            css = file.read().decode()
    return css.replace("../", settings.STATIC_URL)


_cached_text = cache(_text)


def _source(name: str) -> str:
    return Path(finders.find(name) or name).read_text(encoding="utf-8")


@cache
def _hash(css: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()}'"
