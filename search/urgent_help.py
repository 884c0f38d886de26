"""Which searches mean urgent help: phrases of staff, compared by meaning and with misspellings."""

import re
from collections.abc import Callable, Iterable, Iterator

from rapidfuzz import process
from rapidfuzz.distance import OSA

from search.normalization import Word, words
from search.spelling import allowed_distance

COUNT = re.compile("[0-9]{1,2}")  # such as “10” of “took 10 pills”
EXCEPTION = "-"  # begins a line of words that do not mean urgent help
BREAK = "\n"  # stands for an exception, so that the words around it are not one phrase
MAX_SPAN = 8  # words
MIN_MISSPELLED_LENGTH = 9  # letters of a phrase without its spaces that may be misspelled
MIN_JOINED_LENGTH = 5  # letters; shorter phrases are other words when joined, as “od'd” is “odd”
ALARMS = "🆘🚑"  # mean urgent help beside other words, too

# Words that do not change whether somebody needs help, in all languages, because people mix them.
FILLERS = """
    i you he she it we they me him her us them my your his our their the a an this that to 2 u r ur
    is are am was were be been being has have had do does did will would can could gonna going if
    really very so just still now already please pls plz like completely even anymore up right
    friend friends mom mommy mother dad daddy father brother sister son daughter kid child baby
    husband wife boyfriend girlfriend bf gf roommate buddy guy somebody someone person
    yo tú tu él el ella ellos me te se le lo la los las nos mi su un una ya muy más mas que y por
    favor porfa está estoy están es son ha he todavía así bien casi puedo puede
    amigo amiga mamá mami papá papi hermano hermana hijo hija novio novia esposo esposa bebé alguien
"""
NEGATIONS = """
    aint arent cannot cant couldnt didnt doesnt dont hadnt hasnt havent isnt not shouldnt wasnt
    werent wont wouldnt
"""
# Words that people write together, as they are compared.
SPLIT = {
    **{"im": ("i", "am"), "ive": ("i", "have"), "hes": ("he", "is"), "shes": ("she", "is")},
    **{"theyre": ("they", "are"), "youre": ("you", "are"), "its": ("it", "is")},
    **{"wanna": ("want", "to"), "tryna": ("trying", "to")},
}


def _plain(text: str) -> Iterator[str]:
    return (form for word in words(text) for form in word.forms)


_fillers = frozenset(_plain(FILLERS))
_negations = frozenset(_plain(NEGATIONS))

Span = tuple[str, ...]


class UrgentPhrases:
    """The phrases of `lines`; lines that begin with a minus sign are exceptions."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.phrases: set[str] = set()
        self.exceptions: set[str] = set()
        self.vocabulary: dict[str, str] = {}  # words that may be misspelled, by stem
        ordinary = set[str]()
        for line in lines:
            tokens = _tokens(words(line))
            if line.strip().startswith(EXCEPTION):
                self.exceptions.add(_key(tokens))
                ordinary.update(tokens)
            elif tokens:
                self.phrases.add(_key(tokens))
                joined = "".join(tokens)
                long = [joined] if len(joined) >= MIN_MISSPELLED_LENGTH else []
                for word in (*tokens, *long):
                    if word not in _fillers and allowed_distance(_stem(word)):
                        self.vocabulary[_stem(word)] = word
        self.ordinary = frozenset(map(_stem, ordinary))

    def are_in(self, query: list[Word], is_known: Callable[[str], bool]) -> bool:
        """Whether the query contains a phrase, also if words that are not known are misspelled."""
        tokens = self._without_exceptions(_tokens(query))
        if self._contains(tokens):
            return True
        corrected = tuple(self._corrected(token, is_known) for token in tokens)
        return corrected != tokens and self._contains(corrected)

    def _without_exceptions(self, tokens: Span) -> Span:
        for start, end in _spans(tokens):
            if _key(tokens[start:end]) in self.exceptions:
                return (*tokens[:start], BREAK, *self._without_exceptions(tokens[end:]))
        return tokens

    def _contains(self, tokens: Span) -> bool:
        return any(
            _key(some[start:end]) in self.phrases
            for some in (tokens, _content(tokens))
            for start, end in _spans(some)
        )

    def _corrected(self, token: str, is_known: Callable[[str], bool]) -> str:
        """The word of a phrase that was probably meant."""
        stem = _stem(token)
        if stem in self.vocabulary or stem in self.ordinary or token in _fillers:
            return token
        found = process.extract(stem, self.vocabulary.keys(), scorer=OSA.distance, score_cutoff=2)
        for wanted, distance, _index in found:
            if distance <= allowed_distance(wanted) and wanted[0] == stem[0]:
                return token if is_known(token) else self.vocabulary[wanted]
        return token


def is_function_word(word: Word) -> bool:
    whole = word.forms[0]
    return whole in _fillers or whole in _negations or whole in SPLIT


def _tokens(query: Iterable[Word]) -> Span:
    """The parts of all words, with contractions written out."""
    found: list[str] = []
    for word in query:
        whole = word.forms[0]
        found += ["not"] if whole in _negations else SPLIT.get(whole, word.parts)
    return tuple(found)


def _content(tokens: Span) -> Span:
    return tuple(token for token in tokens if token not in _fillers and not COUNT.fullmatch(token))


def _spans(tokens: Span) -> Iterator[tuple[int, int]]:
    """Start and end of all parts of the query, the longest first."""
    for length in range(min(MAX_SPAN, len(tokens)), 0, -1):
        for start in range(len(tokens) - length + 1):
            yield start, start + length


def _key(tokens: Span) -> str:
    """Equal for a phrase and for the same letters with other spaces and hyphens."""
    joined = "".join(tokens)
    return _stem(joined) if len(joined) >= MIN_JOINED_LENGTH else " ".join(tokens)


def _stem(token: str) -> str:
    """The word without an English or Spanish plural, and without letters typed repeatedly."""
    if len(token) > 5:
        token = token.removesuffix("s").removesuffix("e")
    return re.sub(r"([^\W\d])\1+", r"\1", token) if len(token) > 3 else token
