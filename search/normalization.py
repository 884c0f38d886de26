"""Splits text into normalized words: the same for the index, for queries and for excerpts."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from consent.normalization import APOSTROPHES, UNSPACED

# Increase this when the same text is normalized to other words. `migrate` then updates the whole
# index: see `search.index.update_index`.
VERSION = 2

# Letters that Unicode does not decompose, and Arabic and Persian letters that people write in
# several ways.
LETTERS = {
    **{"đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ĸ": "k", "ł": "l", "ŋ": "n", "ø": "o", "ŧ": "t"},
    **{"æ": "ae", "œ": "oe", "þ": "th", "ɓ": "b", "ɗ": "d", "ɖ": "d", "ƙ": "k", "ƴ": "y"},
    **{"ɛ": "e", "ǝ": "e", "ɔ": "o", "ʉ": "u", "ɨ": "i"},
    **{"ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "٫": ".", "٬": ","},
}
HYPHENS = "-‐‑‒–−"
NARROW_SPACES = "\u00a0\u2009\u202f"  # French and others write 12 345 with one of these
INVISIBLE = "\u034f\u0640\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # joiners, fillers, Arabic tatweel
# Combining classes of marks that make another letter in Indian scripts and in Japanese.
KEPT_MARKS = (0, 7, 8, 9)


def _is_kept_mark(character: str) -> bool:
    category = unicodedata.category(character)
    return category == "Mc" or (category == "Mn" and unicodedata.combining(character) in KEPT_MARKS)


_marks = "".join(filter(_is_kept_mark, map(chr, range(0x900, 0xAC00))))
_letter = rf"[^\W_{_marks}][{_marks}]*"
# Prefixes of bills in Congress and in states. Laws print “H. R. 1234”, people type “HR1234”.
_bills = (
    *("hconres", "sconres", "hjres", "sjres", "hres", "sres", "hjr", "sjr", "ajr", "hcr", "scr"),
    *("hr", "hb", "sb", "ab", "hf", "sf", "lb", "ld", "s"),
)
_bill = "|".join(r"\.?\ ?".join(prefix) for prefix in _bills)
WORD = re.compile(
    rf"""
    (?<![\w'-])(?P<bill>(?:{_bill})\.?\ ?[0-9]{{1,5}})(?![\w.,][0-9]|\w)
    |(?P<figure>(?<![\w.,])[0-9]+(?:[.,'\u00a0][0-9]+)+(?![\w]))
    |(?P<abbreviation>(?<![\w.])[a-z](?:\.[a-z])+(?![\w]))
    |(?P<word>(?:{_letter})+(?:['-](?:{_letter})+)*)
    """,
    re.VERBOSE,
)
THOUSANDS = re.compile(r"(?<=[0-9])[.,'\u00a0](?=[0-9]{3}(?![0-9]))")
LETTER = re.compile(_letter)


class Word(NamedTuple):
    """A word of a text, at `start` to `end`.

    `forms` are indexed. The first is the whole word. The others are the parts of a word with a
    hyphen or an apostrophe, or of the number of a bill.
    """

    start: int
    end: int
    forms: tuple[str, ...]
    is_unspaced: bool = False  # whether it is one letter of a script without spaces, as in Chinese
    follows: bool = False  # whether it stands directly after another such letter

    @property
    def parts(self) -> tuple[str, ...]:
        return self.forms[1:] or self.forms


def words(text: str) -> Iterator[Word]:
    """The words of `text` without case, accents, invisible characters and punctuation."""
    folded, positions = [], []
    for position, character in enumerate(text):
        for one in _fold(character):
            folded.append(one)
            positions.append(position)
    positions.append(len(text))
    for match in WORD.finditer("".join(folded)):
        if UNSPACED.search(match[0]):
            for part in LETTER.finditer(match[0]):
                start, end = (match.start() + offset for offset in part.span())
                yield Word(positions[start], positions[end], (part[0],), True, part.start() > 0)
        else:
            start, end = match.span()
            # Accents and invisible characters after the last letter belong to the word.
            yield Word(positions[start], positions[end], _forms(match))


def normalize(text: str) -> str:
    """All forms of the words of `text`, separated by spaces, as the index has them."""
    return " ".join(form for word in words(text) for form in word.forms)


@lru_cache(maxsize=5_000)  # all characters of Unicode would take 125 MB
def _fold(character: str) -> str:
    """The characters to compare; empty if `character` is invisible or an accent."""
    if character in APOSTROPHES:
        return "'"
    if character in HYPHENS:
        return "-"
    if character in NARROW_SPACES:
        return "\u00a0"
    # Superscript figures are footnote marks; circled figures and fractions are not words either.
    if unicodedata.category(character) == "No":
        return " "
    # Capitals such as Ⱥ have small letters that decompose, so the case comes first.
    decomposed = unicodedata.normalize("NFKD", character.lower()).casefold()
    return unicodedata.normalize("NFC", "".join(map(_fold_decomposed, decomposed)))


def _fold_decomposed(character: str) -> str:
    if character in LETTERS:
        return LETTERS[character]
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    category = unicodedata.category(character)
    is_dropped_mark = category in ("Mn", "Me") and not (
        unicodedata.combining(character) in KEPT_MARKS and "\u0900" <= character < "\uac00"
    )
    if category == "Cf" or character in INVISIBLE or is_dropped_mark:
        return ""
    return character


def _forms(match: re.Match[str]) -> tuple[str, ...]:
    found = match[0]
    if match["figure"]:
        return (re.sub("[^0-9]", ".", THOUSANDS.sub("", found)),)
    if match["abbreviation"]:
        return (found.replace(".", ""),)
    if match["bill"]:
        joined = re.sub(r"[. ]", "", found)
        prefix = joined.rstrip("0123456789")
        return (joined, prefix, joined.removeprefix(prefix))
    parts = re.split("['-]", found)
    return (found,) if len(parts) == 1 else ("".join(parts), *parts)
