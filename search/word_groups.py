"""Synonyms and words that mean urgent help, from the lists of staff."""

from collections.abc import Iterable, Iterator

from search.memory import Memory
from search.models import WordGroup
from search.normalization import Word, words
from search.spelling import is_like

Phrase = tuple[Word, ...]
MAX_PHRASE_LENGTH = 6  # words
WORD_GROUPS_SECONDS = 10  # after which a change of the lists has an effect in all processes


class WordGroups:
    """The lists as they apply to searches in `language`. Words of urgent help always apply."""

    def __init__(self, language: str) -> None:
        self.synonyms: dict[tuple[str, ...], list[Phrase]] = {}
        self.urgent: list[Phrase] = []
        for row in WordGroup.objects.values_list("words", "language", "urgent"):
            phrases = _phrases(row[0])
            if row[2]:
                self.urgent += phrases
            elif row[1] == language:
                for phrase in phrases:
                    self.synonyms.setdefault(_key(phrase), []).extend(phrases)

    def mean_urgent_help(self, query: list[Word]) -> bool:
        """Whether the query contains words of urgent help, also if they are misspelled."""
        typed = [word.forms[0] for word in query]
        for phrase in self.urgent:
            wanted = [word.forms[0] for word in phrase]
            for start in range(len(typed) - len(wanted) + 1):
                if all(map(is_like, typed[start:], wanted)):
                    return True
        return False

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


def _key(phrase: Iterable[Word]) -> tuple[str, ...]:
    """A key that plurals of English and Spanish and hyphens do not change."""
    return tuple(_singular(part) for word in phrase for part in word.parts)


def _singular(word: str) -> str:
    return word.removesuffix("s").removesuffix("e") if len(word) > 3 else word


# Reading the lists at each search would take longer than many searches.
word_groups = Memory(WordGroups, WORD_GROUPS_SECONDS)
