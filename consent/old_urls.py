"""Old URLs, in the form in which redirects are stored and found.

This module is in the app `consent` because withdrawal follows redirects, too.
"""

import posixpath
import re
from typing import NamedTuple, Self
from unicodedata import normalize
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from django.conf import settings

MAX_LENGTH = 255  # of the column; tests/editorial/test_old_urls.py compares it
EVERYTHING_BELOW = "/*"  # the end of the old path of a redirect for all URLs below a path
# Undecodable bytes of a URL are surrogates here (“surrogateescape”).
ALWAYS_ENCODED = r"\x00-\x1f\x7f\s%?#\ud800-\udfff"
ENCODED_IN_PATH = re.compile(f"[{ALWAYS_ENCODED}]")
ENCODED_IN_QUERY = re.compile(f"[{ALWAYS_ENCODED}&+]")
# Soft hyphens, zero-width spaces, word joiners, byte order marks and directional marks. Text that
# was copied from other programs may contain them. Nobody sees them, and no URL of this site has
# them.
INVISIBLE = re.compile("[\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
TRACKING_PARAMETER = re.compile("|".join(settings.TRACKING_PARAMETERS))


class OldUrl(NamedTuple):
    """Path and query of a URL, the same for all ways to write the URL.

    Percent-encoding is decoded where possible, accents are composed (NFC), and parameters are
    sorted. The host, the fragment, tracking parameters and invisible characters are left out. Upper
    and lower case are kept, and ignored by `fold` and in the database.
    """

    path: str
    query: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises ValueError if it is not a URL at all."""
        parts = urlsplit(remove_invisible(url).strip())
        # Twice, because Django encodes the bytes of a path again if they are not UTF-8.
        path = remove_invisible(_decode(_decode(parts.path))).lstrip("/")
        pairs = parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")
        query = sorted(
            "=".join(_encode(part, ENCODED_IN_QUERY) for part in (name, value) if part)
            for name, value in pairs
            if not TRACKING_PARAMETER.fullmatch(name)
        )
        return cls(_encode(posixpath.normpath(f"/{path}"), ENCODED_IN_PATH), "&".join(query))

    def __str__(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def is_wildcard(self) -> bool:
        return self.path.endswith(EVERYTHING_BELOW)

    def candidates(self) -> list[str]:
        """The old paths of redirects that apply to this URL.

        A redirect with a query in its old path applies only to URLs with the same query. A
        redirect without a query applies whatever the query of the URL is.
        """
        found = [str(self), self.path]
        folder = ""
        for part in self.path.strip("/").split("/"):
            folder += f"/{part}"
            if part == "" or len(folder) > MAX_LENGTH:
                break
            found.append(folder + EVERYTHING_BELOW)
        return [path for path in found if len(path) <= MAX_LENGTH]


def fold(old_path: str) -> str:
    """Equal for old paths that differ only in upper and lower case."""
    return normalize("NFC", old_path).upper()


def remove_invisible(text: str) -> str:
    return INVISIBLE.sub("", text)


def _decode(text: str) -> str:
    return unquote(text, errors="surrogateescape")


def _encode(text: str, pattern: re.Pattern) -> str:
    return pattern.sub(
        lambda found: quote(found[0], safe="", errors="surrogateescape"),
        normalize("NFC", remove_invisible(text)),
    )
