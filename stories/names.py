"""Finds a person's names in texts and URLs, in any spelling.

`stories/name_uses.py` chooses the texts of a story that are searched.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from itertools import dropwhile
from typing import NamedTuple
from unicodedata import category, digit, name, normalize

from consent.character_references import unescape
from consent.gone_urls import decode
from consent.normalization import APOSTROPHES, INLINE, LOOK_ALIKES, visible_text
from stories.name_words import (
    ABBREVIATED_TITLES,
    ALL_MONTHS,
    ARTICLES,
    BEFORE_PLACES,
    COMMON_WORDS,
    MONTHS,
    OTHER_NAMES,
    PARTICLES,
    PEOPLE,
    SUFFIXES,
    TITLES,
    VERBS_OF_PEOPLE,
    WITHOUT_PLURAL,
    WORDS_AFTER_PLACES,
    WORDS_AT_BEGINNING,
    WORDS_BEFORE_PLACES,
    WORDS_FOR_ANONYMOUS,
)

MIN_PART_LENGTH = 4  # letters; shorter words of names, such as “del”, are common words
MIN_JOINED_LENGTH = 8  # letters; whole names of this length match within longer words too
AROUND = 30  # characters quoted before and after a name
MIN_PREFIX_LENGTH = 6  # letters; in URLs and file names, terms this long match the start of words
# Names in Chinese, Japanese and Korean begin with the family name: 王小芳 is also 小芳.
UNSPACED = re.compile(r"[\u3400-\u9fff\uac00-\ud7a3]{3,4}")
UNSPACED_LETTER = re.compile(r"[\u3400-\u9fff]")
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
# A word with digits and at least three letters, such as Zen0bia. Words such as 5am are no names.
WORD_WITH_DIGITS = re.compile(r"(?<![^\W_])(?=[^\W_]*[0135])(?=(?:\d*[^\W\d_]){3})[^\W_]+")
INLINE_TAG = re.compile(INLINE)
TAG = re.compile(
    r"</?(a|b|blockquote|br|code|del|em|embed|h[1-6]|hr|i|img|li|mark|ol|p|s|small|span|strong|"
    r"sub|sup|u|ul)(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
SHOWN_ATTRIBUTE = re.compile(r'\b(?:alt|published|publisher|title)="([^"]*)"')
LINK = re.compile(r'\b(?:archived|href|url)="([^"]*)"')
# An email address, a handle, a hashtag, or a URL, which may lack the protocol or the host. The
# maximum lengths keep the search fast in long texts without spaces.
ADDRESS = re.compile(
    r"\w{1,20}://\S+|[^\s@]{0,64}@\S+|#\w+|(?<!\S)/\S+"
    r"|(?<![\w.-])\w[\w-]{0,62}(?:\.[\w-]{1,63}){0,4}\.[^\W\d_]{2,20}/\S+"
)
HYPHEN = re.compile(r"(?<=\w)[-‐‑·‧](?=\w)")
CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def _any_of(words: Iterable[str] | str, change: Callable[[str], str] = str) -> str:
    words = words.split() if isinstance(words, str) else words
    return f"(?:{'|'.join(map(change, words))})"


DASH = re.compile(r"(?<=\s)[-–―]+(?=\s)|—")  # a pause
PERIOD_OF_TITLE = re.compile(rf"\b({_any_of(ABBREVIATED_TITLES)})\.", re.IGNORECASE)
DESCRIPTION = re.compile(
    rf"\W*(?:(?i:{_any_of(WORDS_FOR_ANONYMOUS)})"
    # Words in lower case may stand before the noun, such as “a 34-year-old single mother”.
    rf"|(?i:{_any_of(ARTICLES)})(?: [a-z0-9']+){{0,4}} {_any_of(PEOPLE)})(?!\w)"
)
# Words that do not begin with a lower-case letter.
CAPITALIZED = r"[^\W\da-z_][\w']*"
CAPITALIZED += rf"(?:(?: {_any_of(sorted(PARTICLES))})* {CAPITALIZED})*"
# The name in a description, such as “A mother called Rosa”, but no place, such as “from Ohio”.
DESCRIBED = re.compile(
    rf"\b{_any_of(BEFORE_PLACES)} (?:(?:the|el|la|los|las) )?{CAPITALIZED}|({CAPITALIZED})"
)
MONTH = _any_of(MONTHS, str.capitalize)
ANY_MONTH = _any_of(ALL_MONTHS, str.capitalize)
DAY_OR_YEAR = r"(?:(?:[12]?\d|3[01])(?:st|nd|rd|th)?|[12]\d{3})(?!\w)"
# Dates, places and questions whose words look like names.
NO_NAME = re.compile(
    rf"(?:\b(?i:from) )?\b{ANY_MONTH} (?:through|to) {MONTH}(?![\w'])"
    r"|\b(?i:after|before|during|each|early|en|every|in|last|late|mid|next|since|this|until"
    r"|(?:back|prior|up) to|(?:beginning|days?|end|middle|month|part|rest|start|weeks?) of)"
    rf" {MONTH}(?![\w'])|\b{MONTH} (?={DAY_OR_YEAR})"
    # “By May” is no date at the end of a sentence or before a comma: there, May is the author.
    rf"|\b(?i:by) {MONTH}(?! ?[.,]|[\w'])"
    rf"|\b(?i:from) {MONTH}(?= (?:on|onward|to|until)\b)"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)? (?:of |de )?{MONTH}(?![\w'])"
    rf"|\b{_any_of(WORDS_BEFORE_PLACES, str.capitalize)} [A-Z]\w+"
    rf"|\b[A-Z]\w+(?: [A-Z]\w+)? {_any_of(WORDS_AFTER_PLACES, str.capitalize)}(?!\w)"
    rf"|\b{_any_of(sorted(OTHER_NAMES))}(?!\w)"
    # A question after a colon or a comma, such as “Will I”.
    r"|(?<=, )(?:Will|May)(?= (?:I|he|it|she|that|there|they|this|we|you)(?!\w))"
)
MONTH_IN_ADDRESS = re.compile(
    rf"(?<=\d{{4}}[/_-])(?i:{MONTH})(?=[/_-])|(?<=[/_-])(?i:{MONTH})(?=[/_-](?:19|20)\d\d(?!\d))"
)


class _Table(dict[int, str]):
    """A table for `str.translate` that computes its entries when they are needed."""

    def __init__(self, calculate: Callable[[str], str]) -> None:
        self.calculate = calculate

    def __missing__(self, code: int) -> str:
        self[code] = found = self.calculate(chr(code))
        return found


def search_terms(teller: str) -> set[str]:
    """The terms to search for: the first and last name, other long words, and the whole name.

    Initials and titles are left out. Of a description (“A mother called Rosa”), only the names are
    used. “Cruz, Ana” is read as Ana Cruz. Only terms that are common words, and last names of two
    or three letters, get a capital letter. `find` treats terms with a capital letter as common
    words.
    """
    letters = re.sub(" +", " ", teller.translate(LETTERS))
    if description := DESCRIPTION.match(letters):
        named = DESCRIBED.findall(letters, description.end())
        return set().union(*map(search_terms, named)) - set(PEOPLE.split())
    terms, short = set(), set()
    sections = [words for section in teller.split(",") if (words := _words(section))]
    for words in sections:
        untitled = _without_titles(words)
        terms |= {
            *[word for word in untitled if len(word) > 1][:1],
            *(word for word in untitled if len(word) >= MIN_PART_LENGTH),
        }
        terms |= COMMON_WORDS.intersection(words[:1])  # “Don” may be a first name
        short |= {word for word in untitled[-1:] if len(word) > 1} - PARTICLES - terms
    terms = {term.capitalize() if term in COMMON_WORDS else term for term in terms}
    terms |= {word.capitalize() for word in short}
    wholes = [_without_titles(words) for words in sections]
    wholes += [[word for words in reversed(wholes) for word in words]]
    terms |= {
        " ".join(whole)
        for whole in wholes
        if len(whole) > 1 and sum(map(len, whole)) >= MIN_PART_LENGTH
    }
    composed = normalize("NFC", teller)
    if UNSPACED_LETTER.fullmatch(composed.strip()):
        terms.update(_words(composed))
    return terms.union(
        *(search_terms(word[1:]) for word in composed.split() if UNSPACED.fullmatch(word))
    )


def contains(text: str, terms: Iterable[str], *, match_common_words: bool = False) -> bool:
    """Whether a text contains any of the terms of a name, in any spelling; see `find`."""
    return bool(find(text, terms, match_common_words=match_common_words))


def find(
    text: str, terms: Iterable[str], *, match_common_words: bool = False, language: str = ""
) -> str:
    """Find any of the terms of a name in a text, which may be rich text.

    Returns the first match in plain letters, with the words around it, or "" if there is none.

    Case, accents and punctuation do not matter. Some names are also common words. In running text,
    such a word counts only with a capital letter. At the beginning of a sentence it counts only
    in these cases:

    - as a possessive (“Rosa's”)
    - before a comma (“Rosa, 34”), a dash or a verb (“Rosa said”)
    - if nothing follows
    - if it is not a word of `language`, the language of the text

    Dates and places (“in May 2024”, “Santa Rosa”) do not count. In a URL, a name that is a common
    word always counts. With `match_common_words`, it counts in any text. Use this option for slugs,
    file names and the field with the name.
    """
    if not _has_letters_of(text, terms):  # a quick check that excludes most texts
        return ""
    patterns = _patterns(frozenset(terms), language)
    shown = TAG.sub(lambda tag: "" if INLINE_TAG.fullmatch(tag[1].lower()) else "\n", text)
    # A tag or a hyphen may stand between two words, or within one.
    running = _decoded(shown, TAG.sub("\n", text), *SHOWN_ATTRIBUTE.findall(text))
    running = f"{running}\n{HYPHEN.sub('', running)}"
    links = _decoded(
        text if match_common_words else "", *LINK.findall(text), *ADDRESS.findall(shown)
    )
    links = MONTH_IN_ADDRESS.sub("", links)
    return (
        _find(patterns.anywhere, _in_lower_case(f"{running}\n{links}"))
        or _find(patterns.in_addresses, _in_lower_case(links))
        or _find(patterns.in_sentences, _sentences(running))
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
    """The texts with entities and percent-encoding decoded. A URL may be encoded repeatedly."""
    return decode(unescape("\n".join(texts)))


def _find(pattern: re.Pattern | None, texts: Iterable[str]) -> str:
    """The first match of the pattern, with the words around it in the same sentence."""
    if pattern is None:
        return ""
    match = next(filter(None, map(pattern.search, texts)), None)
    if match is None:
        return ""
    before = re.split(r"[.\n]", match.string[: match.start()])[-1][-AROUND:]
    after = re.split(r"[.\n]", match.string[match.end() :], maxsplit=1)[0][:AROUND]
    return " ".join(f"{before}{match[0]}{after}".split())


def _in_lower_case(text: str) -> Iterator[str]:
    for letters in _readings(text):
        yield f"{letters}\n{CAMEL_CASE.sub(' ', letters)}".lower()


def _sentences(text: str) -> Iterator[str]:
    """The text with “. ” before each sentence, without dates and names of places."""
    paused = DASH.sub(",", PERIOD_OF_TITLE.sub(r"\1", text))
    letters = re.sub(" +", " ", paused.translate(LETTERS))
    for reading in _readings(NO_NAME.sub(" ", letters)):
        yield re.sub(r"[ ',]*\.[ .',]*", ". ", re.sub(" +", " ", f".{reading}."))


def _readings(text: str) -> Iterator[str]:
    """Yield the plain letters of a text, with spaces in place of digits.

    If the text has words such as Zen0bia, also yield a version with these digits read as letters.
    """
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
    common = sorted(term for term in terms if term[0].isupper())
    others = sorted(terms.difference(common))
    capital = {term: f"{term[0]}(?i:{re.escape(term[1:])})" for term in common}
    if language == "es" and "Don" in capital:
        capital["Don"] += "(?! [A-Z])"  # a title, such as “don José”
    for term in common:
        if term.lower() in WITHOUT_PLURAL:
            capital[term] += "(?!s)"
    of_language = WORDS_AT_BEGINNING.get(language, WORDS_AT_BEGINNING[""])
    # At the beginning of a sentence, words of the language match only as possessives, or before a
    # verb, a comma or the end.
    any_word = "|".join(capital.values())
    foreign = "|".join(
        capital[term] + ("(?!s)" if len(term) < MIN_PART_LENGTH else "")  # “Was” is not “Wa”
        for term in common
        if term.lower() not in of_language
    )
    foreign = foreign or "(?!)"
    in_sentences = (
        rf"(?:(?<!\. )(?:{any_word})|(?:{foreign}))s?(?!\w|'(?!s\b)\w)"
        rf"|(?:{any_word})(?:'s(?!\w)(?! (?:a|all|an|here|not|the)\b)|(?= ?[.,](?! not?\b))"
        rf"|(?= {_any_of(VERBS_OF_PEOPLE)}\b))"
    )
    wholes = [term for term in terms if " " in term]
    joined = {form for whole in wholes for form in _joined(whole) if len(form) > MIN_PART_LENGTH}
    in_addresses = sorted({*map(str.lower, terms), *joined})
    return _Patterns(
        re.compile("|".join(map(_pattern, others))) if others else None,
        re.compile("|".join(map(_pattern_in_addresses, in_addresses))) if terms else None,
        re.compile(rf"(?<!\w)(?:{in_sentences})") if common else None,
    )


def _joined(whole: str) -> Iterator[str]:
    """Forms of a whole name in addresses, such as anadiaz, adiaz, delacruz and jdelacruz."""
    words = whole.replace("'", "").split()
    yield "".join(words)
    for end, word in enumerate(words[1:], 2):
        if len(word) >= MIN_PART_LENGTH:
            before = words[: end - 1]
            while before[1:] and before[-1] in PARTICLES:
                before.pop()
            last = "".join(words[len(before) : end])
            initials = "".join(one[0] for one in before if one not in PARTICLES)
            yield last
            yield from (initials[:1] + word, initials + word, initials[:1] + last, initials + last)


def _pattern_in_addresses(term: str) -> str:
    if term in WITHOUT_PLURAL:
        return _pattern(term)
    if len(term) < MIN_PREFIX_LENGTH or term in COMMON_WORDS:
        return rf"{_pattern(term)}|(?<!\w){re.escape(term)}s(?!\w)"
    return rf"(?<!\w){re.escape(term)}"


def _pattern(term: str) -> str:
    """A pattern for a term, which is in lower-case letters."""
    letters = re.findall(r"\w", term)
    if all(category(letter) == "Lo" for letter in letters):  # a script without spaces or cases
        return re.escape(term)
    has_plural = len(letters) >= MIN_PART_LENGTH and term not in WITHOUT_PLURAL
    plural = "s?" if has_plural else ""
    # An apostrophe may be missing. No period may stand between the words of a name.
    spelled = re.sub("[ ']", lambda found: "[ ']+" if found[0] == " " else "[ ']?", term)
    if " " not in term:  # the letters may be separated, such as “D-i-a-z”
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
    if kind[0] == "M":  # combining marks, including vowel signs, are not letters
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
