"""Finds names in the visible text, in any spelling.

`stories/name_uses.py` chooses the texts of a story that are searched.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from html import unescape
from itertools import dropwhile
from typing import NamedTuple
from unicodedata import category, digit, name
from urllib.parse import unquote

from consent.normalization import APOSTROPHES, INLINE, LOOK_ALIKES, visible_text

MIN_PART_LENGTH = 4  # letters; shorter words of names, such as “del”, are common words
MIN_JOINED_LENGTH = 8  # letters; whole names of this length are also found within longer words
MIN_PREFIX_LENGTH = 6  # letters; in URLs and file names, names also begin longer words
# Titles before a name. The period after an abbreviated title does not end a sentence.
ABBREVIATED_TITLES = "dr dra fr hon ing lic mr mrs ms mx pr prof rev sr sra srta st sta sto"
OTHER_TITLES = """
brother doctor doctora don dona father hermana hermano madre miss mother padre pastor profesor
profesora professor reverend senor senora senorita sister
"""
# If a word in lower case follows, these begin a description, such as “A mother from Ohio”.
ARTICLES = {"a", "an", "el", "la", "somebody", "someone", "the", "un", "una"}
WORDS_FOR_ANONYMOUS = {"anonima", "anonimo", "anonymous"}
SUFFIXES = {"esq", "ii", "iii", "iv", "jr", "lcsw", "md", "phd", "rn"}
# Names that are also common words, without accents. Add what causes false alarms.
ENGLISH_WORDS = """
april art august autumn banks bill bishop black blue brook brooks brown bush carol case chance
charity chase christian cook crystal daisy dawn day dean drew duke earl early faith field fields
fox frank frost gay gene ginger glen good grace grant gray green guy harmony heaven hill holly
hope hunter iris ivy jack jade jasmine jay joy june justice king lake law lily long love major
mark mason max may melody mercy moon nick page park parks patience pearl penny price prince ray
reed rich rob robin rose ruby sage sharp short skip sky small snow star stone strong sue summer
sunny trinity trust violet wade walker waters west white will winter wise wood woods young
"""
SPANISH_WORDS = """
abril alba alma amor amparo bella blanca blanco bueno campos caridad castillo cielo clara clemente
consuelo cruz delgado dolores domingo esperanza estrella feliz flor flores franco fuentes gloria
guerra iglesias julio lee leo leon libertad linda lucero luna luz mar mercedes milagros molina
montes moreno norma olmo paloma paz perla piedad pilar pino ramos remedios rey reyes rico rios
rivera rojas rosa rosario rosas rubio salud salvador serena socorro sol soledad soto torres valle
vega vidal violeta
"""
# Names that are common words or well-known places in both languages, or have two letters.
WORDS_IN_BOTH = """
america angel austin carolina dakota dale don georgia jackson jordan lincoln madison miles noble
real rio sierra van victoria virginia washington
ad ah al am an as at be by da de di do el en es fe go ha he hi ho id if in ir is it la le lo ma me
mi my ni no of oh ok on or os pa se si so su te ti to tu tv un up us va ve vi we ya yo
"""
TITLES = set(f"{ABBREVIATED_TITLES} {OTHER_TITLES}".split())
WORDS_BY_LANGUAGE = {
    "en": set(f"{ENGLISH_WORDS} {WORDS_IN_BOTH}".split()),
    "es": set(f"{SPANISH_WORDS} {WORDS_IN_BOTH}".split()),
}
COMMON_WORDS = set().union(*WORDS_BY_LANGUAGE.values())
SENTENCE_MARKS = ".!?…¿¡“„«•\n\r\v\f\x85\u2028\u2029"  # a sentence begins after each of them
PAUSES = ",;:()"
# Characters that NFKD does not replace, or replaces wrongly (ª, º).
PLAIN_LETTERS = {"ı": "i", "ð": "d", "ŋ": "n", "þ": "th", "ª": " ", "º": " "}
# Unicode names of other letters, such as Ø, Ł, Æ, Œ, small capitals and letters in squares.
LATIN_LETTER = re.compile(
    r"(?:.* )?LATIN (?:CAPITAL |SMALL )?(?:LETTER|LIGATURE) (?:SMALL CAPITAL )?([A-Z]{1,2})"
    r"(?: WITH .*)?"
)
# Digits that are read as letters: “1” looks like an i and like an l.
DIGITS_AS_LETTERS = (
    str.maketrans("0135", "oies", "246789"),
    str.maketrans("0135", "oles", "246789"),
)
DIGITS_AS_SPACES = str.maketrans(dict.fromkeys("0123456789", " "))
WITHOUT_DIGITS = str.maketrans("", "", "0123456789")
# A word with three letters or more, such as Zen0bia. Shorter ones, such as 5am, are no names.
WORD_WITH_DIGITS = re.compile(r"(?<![^\W_])(?=[^\W_]*[0135])(?=(?:\d*[^\W\d_]){3})[^\W_]+")
INLINE_TAG = re.compile(INLINE)
TAG = re.compile(
    r"</?(a|b|blockquote|br|code|del|em|embed|h[1-6]|hr|i|img|li|mark|ol|p|s|small|span|strong|"
    r"sub|sup|u|ul)(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
SHOWN_ATTRIBUTE = re.compile(r'\b(?:alt|published|publisher|title)="([^"]*)"')
LINK = re.compile(r'\b(?:archived|href|url)="([^"]*)"')
# A URL with or without a protocol or a host, an email address, a handle or a hashtag. Limits keep
# long texts without spaces fast.
ADDRESS = re.compile(
    r"\w{1,20}://\S+|[^\s@]{0,64}@\S+|#\w+|(?<!\S)/\S+"
    r"|(?<![\w.-])\w[\w-]{0,62}(?:\.[\w-]{1,63}){0,4}\.[^\W\d_]{2,20}/\S+"
)
HYPHEN = re.compile(r"(?<=\w)[-‐‑·‧](?=\w)")
CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
PERIOD_OF_TITLE = re.compile(rf"\b({ABBREVIATED_TITLES.replace(' ', '|')})\.", re.IGNORECASE)


class _Table(dict[int, str]):
    """A table for `str.translate` that computes its entries when they are needed."""

    def __init__(self, calculate: Callable[[str], str]) -> None:
        self.calculate = calculate

    def __missing__(self, code: int) -> str:
        self[code] = found = self.calculate(chr(code))
        return found


def search_terms(teller: str) -> set[str]:
    """The terms to search for: the first name, other long words, and the whole name.

    Initials, titles and descriptions do not count. “Cruz, Ana” is Ana Cruz.
    """
    if _is_description(teller):
        return set()
    terms = set()
    sections = [words for section in teller.split(",") if (words := _words(section))]
    for words in sections:
        untitled = _without_titles(words)
        terms |= {
            *[word for word in untitled if len(word) > 1][:1],
            *(word for word in untitled if len(word) >= MIN_PART_LENGTH),
        }
        terms |= COMMON_WORDS.intersection(words[:1])  # “Don” may be a first name
    wholes = [_without_titles(words) for words in sections]
    wholes += [[word for words in reversed(wholes) for word in words]]
    return {term for term in terms if len(term) > 1} | {
        " ".join(whole)
        for whole in wholes
        if len(whole) > 1 and sum(map(len, whole)) >= MIN_PART_LENGTH
    }


def contains(
    text: str, terms: Iterable[str], *, every_word_counts: bool = False, language: str = ""
) -> bool:
    """Whether a text, which may be rich text, contains any of the terms of a name.

    Case, accents and punctuation do not matter. Some names are also common words. In running text
    such a word counts if it has a capital letter and does not begin a sentence. At the beginning of
    a sentence it counts only as a possessive (“Rosa's”), before a comma (“Rosa, 34”), if nothing
    follows, or if it is not a word of `language`, the language of the text. In an address, such as
    a link, it always counts. Search slugs, file names and the field of the name with
    `every_word_counts`.
    """
    if not _has_letters_of(text, terms):  # a quick check: most texts do not
        return False
    patterns = _patterns(frozenset(terms), language)
    shown = TAG.sub(lambda tag: "" if INLINE_TAG.fullmatch(tag[1].lower()) else "\n", text)
    # A tag or a hyphen may stand between two words, or within one.
    running = _decoded(shown, TAG.sub("\n", text), *SHOWN_ATTRIBUTE.findall(text))
    running = f"{running}\n{HYPHEN.sub('', running)}"
    links = _decoded(
        text if every_word_counts else "", *LINK.findall(text), *ADDRESS.findall(shown)
    )
    return (
        _matches(patterns.anywhere, f"{running}\n{links}")
        or _matches(patterns.in_addresses, links)
        or _matches_sentence(patterns.in_sentences, running)
    )


def _has_letters_of(text: str, terms: Iterable[str]) -> bool:
    """Whether a text has the letters of any of the terms, whatever stands between them."""
    letters = _decoded(TAG.sub("", text), text if "<" in text else "").translate(ONLY_LETTERS)
    readings = [letters]
    if not letters.isalpha():
        readings = [letters.translate(table) for table in (WITHOUT_DIGITS, *DIGITS_AS_LETTERS)]
    wanted = [term.translate(ONLY_LETTERS) for term in terms]
    return any(term in reading for reading in readings for term in wanted)


def _decoded(*texts: str) -> str:
    """The texts without entities and percent-encoding, which may be repeated."""
    text = unescape("\n".join(texts))
    while (decoded := unquote(text)) != text:
        text = decoded
    return text


def _matches(pattern: re.Pattern | None, text: str) -> bool:
    return pattern is not None and any(
        pattern.search(f"{letters}\n{CAMEL_CASE.sub(' ', letters)}".lower())
        for letters in _readings(text)
    )


def _matches_sentence(pattern: re.Pattern | None, text: str) -> bool:
    return pattern is not None and any(
        # “. ” stands before each sentence.
        pattern.search(re.sub(r"[ ',]*\.[ .',]*", ". ", re.sub(" +", " ", f".{letters}.")))
        for letters in _readings(PERIOD_OF_TITLE.sub(r"\1", text))
    )


def _readings(text: str) -> Iterator[str]:
    """The letters of a text: without its digits and, in some words, with digits as letters."""
    letters = text.translate(LETTERS)
    yield letters.translate(DIGITS_AS_SPACES)
    if WORD_WITH_DIGITS.search(letters):
        for table in DIGITS_AS_LETTERS:
            read = partial(_translate, table)
            yield WORD_WITH_DIGITS.sub(read, letters).translate(DIGITS_AS_SPACES)


def _translate(table: dict[int, int | None], word: re.Match) -> str:
    return word[0].translate(table)


class _Patterns(NamedTuple):
    anywhere: re.Pattern | None
    in_addresses: re.Pattern | None
    in_sentences: re.Pattern | None


@lru_cache(maxsize=1000)
def _patterns(terms: frozenset[str], language: str) -> _Patterns:
    common = sorted(terms & COMMON_WORDS)
    others = sorted(terms.difference(common))
    capital = {term: f"{term[0].upper()}(?i:{term[1:]})" for term in common}
    of_language = WORDS_BY_LANGUAGE.get(language, COMMON_WORDS)
    # At the beginning of a sentence, words of the language match only as possessives, or before a
    # comma or the end.
    any_word = "|".join(capital.values())
    foreign = "|".join(capital[term] for term in common if term not in of_language) or "(?!)"
    in_sentences = (
        rf"(?:(?<!\. )(?:{any_word})|(?:{foreign}))s?(?!\w|'(?!s\b)\w)"
        rf"|(?:{any_word})(?:'s(?!\w)|(?= ?[.,]))"
    )
    return _Patterns(
        re.compile("|".join(map(_pattern, others))) if others else None,
        re.compile("|".join(map(_pattern_in_addresses, terms))) if terms else None,
        re.compile(rf"(?<!\w)(?:{in_sentences})") if common else None,
    )


def _pattern_in_addresses(term: str) -> str:
    if len(term) < MIN_PREFIX_LENGTH or term in COMMON_WORDS:
        return rf"{_pattern(term)}|(?<!\w){re.escape(term)}s(?!\w)"
    return rf"(?<!\w){re.escape(term)}"


def _pattern(term: str) -> str:
    """A pattern for a term, which is in lower-case letters."""
    letters = re.findall(r"\w", term)
    if all(category(letter) == "Lo" for letter in letters):  # a script without spaces or cases
        return re.escape(term)
    plural = "s?" if len(letters) >= MIN_PART_LENGTH else ""
    # An apostrophe may be missing. No period may stand between the words of a name.
    spelled = re.sub("[ ']", lambda found: "[ ']+" if found[0] == " " else "[ ']?", term)
    if " " not in term:  # the letters may be separated, such as “A-n-a”
        spaced = r"\W+".join(letters) if len(letters) >= MIN_PART_LENGTH else spelled
        return rf"(?<!\w)(?:{spelled}|{spaced}){plural}(?!\w)"
    if len(letters) < MIN_JOINED_LENGTH:
        return rf"(?<!\w){spelled}{plural}(?!\w)"
    spaced = "[ ']*".join(letters)
    return rf"{''.join(letters)}|(?<!\w){spaced}{plural}(?!\w)"


def _words(text: str) -> list[str]:
    letters = text.translate(LETTERS).translate(DIGITS_AS_SPACES)
    found = re.findall(r"\w+(?:'\w+)*", letters.lower())
    return [word for word in found if word not in SUFFIXES]


def _is_description(teller: str) -> bool:
    words = teller.translate(LETTERS).split()
    first = words[0].lower() if words else ""
    return first in WORDS_FOR_ANONYMOUS or (
        first in ARTICLES and len(words) > 1 and words[1].islower()
    )


def _without_titles(words: list[str]) -> list[str]:
    """The words without leading titles; all of them if they are only titles."""
    return [*dropwhile(TITLES.__contains__, words)] or words


def _letters(character: str) -> str:
    """The plain letters of a character; a space if it separates words, nothing if invisible."""
    if character in APOSTROPHES:
        return "'"
    if character in SENTENCE_MARKS:
        return "."
    if character in PAUSES:
        return ","
    kind = category(character)
    if kind[0] == "M":  # vowel signs too, because they are not letters
        return ""
    latin = LATIN_LETTER.fullmatch(name(character, "")) if kind[0] == "L" or kind == "So" else None
    if latin:
        letters = latin[1].lower()
    elif kind == "Nd":
        return str(digit(character))
    elif kind in {"So", "Nl", "No"}:
        return " "
    else:
        letters = PLAIN_LETTERS.get(character.lower()) or visible_text(character)
        letters = letters.translate(LOOK_ALIKES)
    if character.isspace() or (letters and not letters.isalpha()):
        return " "
    return letters.capitalize() if character.isupper() else letters


LETTERS = _Table(_letters)
ONLY_LETTERS = _Table(lambda character: re.sub(r"\W", "", _letters(character)).lower())
