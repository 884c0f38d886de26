"""Which searches mean urgent help: phrases of staff, compared by meaning and with misspellings."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import dropwhile

from rapidfuzz import process
from rapidfuzz.distance import OSA

from search.normalization import Word, words
from search.spelling import allowed_distance

COUNT = re.compile("[0-9]{1,3}")  # such as “10” of “took 10 pills”
EXCEPTION = "-"  # begins a line of words that do not mean urgent help
BREAK = "\n"  # stands for an exception, so that the words around it are not one phrase
MAX_SPAN = 8  # words
MIN_MISSPELLED_LENGTH = 9  # letters of a phrase without its spaces that may be misspelled
MIN_JOINED_LENGTH = 5  # letters; shorter phrases are other words when joined, as “od'd” is “odd”
ALARMS = "🆘🚑"  # mean urgent help beside other words, too

# Words that do not change whether somebody needs help, in all languages, because people mix them.
FILLERS = """
    i you he she it we they me him her them my your his our their the a an this that to 2 u r ur
    is are am was were be been being has have had do does did will would can could gonna going if
    really very so just still now already please pls plz like completely even anymore up right
    yo tú tu él el ella ellos me te se le lo la los las nos mi su un una ya muy más mas que y por
    favor porfa está estoy están es son ha he todavía así bien casi puedo puede
    two three four five six ten twenty some all dos tres cuatro cinco diez veinte
"""
# Nouns about a person who may be in need. They are fillers, too.
RELATIVES = """
    friend friends mom mommy mother dad daddy father brother sister son daughter kid child baby
    husband wife boyfriend girlfriend bf gf roommate buddy guy somebody someone person
    man woman boy girl cousin uncle aunt grandma grandpa nephew niece neighbor coworker toddler
    family loved addict alcoholic
    amigo amiga mamá mami papá papi hermano hermana hijo hija novio novia esposo esposa bebé alguien
    hombre mujer chico chica primo prima tío tía abuelo abuela vecino vecina sobrino sobrina pareja
    hijos familia adicto adicta
"""
# Other words that show that a search is about a person, such as “I think” in Spanish.
PERSONAL = """
    i he she they me him her them my myself himself herself themselves
    yo ella me mi creo estoy estás está tengo
"""
# Words between “how to help” and a person.
ARTICLES = "a an the his their our your un una el la al su tu mis sus"
NEGATIONS = """
    aint arent cannot cant couldnt didnt doesnt dont hadnt hasnt havent isnt not shouldnt wasnt
    werent wont wouldnt
"""
# Words of news and laws too. They mean urgent help alone, or in a search about a person.
AMBIGUOUS = """
    blackout collapse colapso crisis dead die dies died dying dyeing emergency emergencies poison
    seizure seizures siezure urgent withdrawal withdrawals withdrawl withdrawls
    widthdrawal abstinencia emergencia emergencias emerjencia emergensia intoxicación intoxicasion
    muere muerta muerto muriendo murió socorro urgencia urgensia urgente veneno
"""
# Words that people write together, and words that mean the same, as they are compared.
SPLIT = {
    **{"im": ("i", "am"), "ive": ("i", "have"), "hes": ("he", "is"), "shes": ("she", "is")},
    **{"theyre": ("they", "are"), "youre": ("you", "are"), "its": ("it", "is")},
    **{"wanna": ("want", "to"), "tryna": ("trying", "to")},
    **dict.fromkeys(("ni", "sin", "nunca", "tampoco"), ("no",)),
}


def _plain(text: str) -> Iterator[str]:
    return (form for word in words(text) for form in word.forms)


_fillers = frozenset(_plain(FILLERS + RELATIVES))
_negations = frozenset(_plain(NEGATIONS))
_people = frozenset(_plain(PERSONAL + RELATIVES))
_articles = frozenset(_plain(ARTICLES))

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
            key = _key(tokens[start:end])
            if key in self.phrases and key not in _ambiguous:
                return tokens  # no longer exception contains this phrase
            if key in self.exceptions and not _begins_with_person(tokens[end:]):
                return (*tokens[:start], BREAK, *self._without_exceptions(tokens[end:]))
        return tokens

    def _contains(self, tokens: Span) -> bool:
        ambiguous = frozenset[str]() if _is_about_person(tokens) else _ambiguous
        return any(
            (key := _key(some[start:end])) in self.phrases and key not in ambiguous
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
            # “matarme” is longer than “matar”, but “breathin” is “breathing”.
            is_longer = wanted.startswith(stem) and wanted != f"{stem}g"
            if distance <= allowed_distance(wanted) and wanted[0] == stem[0] and not is_longer:
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


def _is_about_person(tokens: Span) -> bool:
    """Whether the search has a word about a person, or nothing but ambiguous words."""
    return not _people.isdisjoint(tokens) or all(
        token == BREAK or _key((token,)) in _ambiguous for token in _content(tokens)
    )


def _begins_with_person(tokens: Span) -> bool:
    following = dropwhile(_articles.__contains__, tokens)
    return next(following, "") in _people


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


_ambiguous = frozenset(_key((word,)) for word in _plain(AMBIGUOUS))
