"""Synonyms, and words that mean urgent help or a donation, from the lists of staff."""

from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db import connection

from search.index import UNSTEMMED
from search.memory import Memory
from search.models import WordGroup
from search.normalization import Word, words
from search.spelling import is_like, vocabulary
from search.urgent_help import UrgentPhrases, is_function_word

Phrase = tuple[Word, ...]
MAX_PHRASE_LENGTH = 6  # words
WORD_GROUPS_SECONDS = 10  # after which a change of the lists has an effect in all processes


class WordGroups:
    """The lists as they apply to searches in `language`. Other words always apply."""

    def __init__(self, language: str) -> None:
        self.synonyms: dict[tuple[str, ...], list[Phrase]] = {}
        self.language = language
        self.known = set[str]()  # all words of all lists
        urgent: list[str] = []
        self.donation: list[Phrase] = []
        for group in WordGroup.objects.all():
            phrases = _phrases(group.words)
            if group.urgent:
                urgent += group.words.splitlines()
            if group.donation:
                self.donation += phrases
            if group.language == language and not (group.urgent or group.donation):
                for phrase in phrases[group.one_way :]:
                    found = [phrase, phrases[0]] if group.one_way else phrases
                    self.synonyms.setdefault(_key(phrase), []).extend(found)
            self.known.update(part for phrase in phrases for word in phrase for part in word.forms)
        self.urgent = UrgentPhrases(urgent)
        self.stop_words = _stop_words(self.synonyms.values(), language)

    def know(self, word: Word) -> bool:
        """Whether a list has the word, so that it is not misspelled."""
        return word.forms[0] in self.known or is_function_word(word)

    def mean_urgent_help(self, query: list[Word]) -> bool:
        """Whether the query contains words of urgent help, also if they are misspelled.

        Words of public pages are not taken for misspellings.
        """
        return self.urgent.are_in(query, lambda word: word in vocabulary(self.language))

    def mean_donation(self, query: list[Word]) -> bool:
        """Whether the query is a phrase of donations, also if it is misspelled.

        The whole query is compared, because “give” is also a part of other searches.
        """
        typed = [word.forms[0] for word in query]
        return any(
            len(typed) == len(phrase)
            and all(map(is_like, typed, (word.forms[0] for word in phrase)))
            for phrase in self.donation
        )

    def loses_words(self, phrase: Phrase) -> bool:
        """Whether PostgreSQL would look for less than `phrase`: it ignores words such as “for”."""
        parts = [part for word in phrase for part in word.parts]
        return len(parts) > 1 and not self.stop_words.isdisjoint(parts)

    def split(self, query: list[Word]) -> Iterator[tuple[Phrase, list[Phrase]]]:
        """Split the query into the longest known phrases and words, each with its synonyms."""
        start = 0
        while start < len(query):
            longest = min(len(query), start + MAX_PHRASE_LENGTH)
            ends = (e for e in range(longest, start, -1) if _key(query[start:e]) in self.synonyms)
            end = next(ends, start + 1)
            while end < len(query) and query[end].follows:  # a script without spaces
                end += 1
            part = tuple(query[start:end])
            yield part, self.synonyms.get(_key(part), [])
            start = end


def _phrases(lines: str) -> list[Phrase]:
    return [found for line in lines.splitlines() if (found := tuple(words(line)))]


def _stop_words(synonyms: Iterable[list[Phrase]], language: str) -> set[str]:
    """The words of `synonyms` that PostgreSQL ignores in this language."""
    parts = {part for some in synonyms for phrase in some for word in phrase for part in word.parts}
    config = settings.TEXT_SEARCH_CONFIGS.get(language, UNSTEMMED)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word FROM unnest(%s::text[]) word WHERE to_tsvector(%s::regconfig, word) = ''",
            [sorted(parts), config],
        )
        return {word for (word,) in cursor.fetchall()}


def _key(phrase: Iterable[Word]) -> tuple[str, ...]:
    """A key that plurals of English and Spanish and hyphens do not change."""
    return tuple(_singular(part) for word in phrase for part in word.parts)


def _singular(word: str) -> str:
    return word.removesuffix("s").removesuffix("e") if len(word) > 3 else word


# Reading the lists at each search would take longer than many searches.
word_groups = Memory(WordGroups, WORD_GROUPS_SECONDS)
