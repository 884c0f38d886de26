"""Misspellings: which words are alike, and which words of the site a reader may have meant."""

from django.db import connection
from psycopg import sql
from rapidfuzz import process
from rapidfuzz.distance import OSA

from search.index import UNSTEMMED_WEIGHT
from search.memory import Memory
from search.models import SearchEntry

VOCABULARY_SECONDS = 600  # how long a process keeps the words of the index in memory
MAX_WORD_LENGTH = 40  # letters; longer words are not corrected
MAX_CANDIDATES = 3

WORDS = sql.SQL("""
SELECT word FROM ts_stat({entries}, {weight})
WHERE length(word) BETWEEN 3 AND {length} ORDER BY ndoc DESC, word
""")
ENTRIES = sql.SQL("SELECT words FROM {table} WHERE language = {language}")


def is_like(typed: str, wanted: str) -> bool:
    """Whether the words are the same, or `typed` is a likely misspelling of `wanted`."""
    if typed == wanted:
        return True
    allowed = allowed_distance(wanted)
    return bool(allowed) and OSA.distance(typed, wanted, score_cutoff=allowed) <= allowed


def allowed_distance(word: str) -> int:
    """Number of wrong, missing, added or exchanged letters. Short words have too many neighbors."""
    return min(2, len(word) // 5) if len(word) > 5 else 0


def corrections(word: str, language: str) -> list[str]:
    """Words of the index that are like `word`, the most likely first; empty if `word` is in it.

    The caller must check that a public page has the correction: the vocabulary has the words of all
    live pages, and may be VOCABULARY_SECONDS old.
    """
    known = vocabulary(language)
    if len(word) > MAX_WORD_LENGTH or word in known:
        return []
    allowed = min(2, len(word) // 4)
    alike = [one for one in known if one[0] == word[0]]  # few people miss the first letter
    found = process.extract(
        word, alike, scorer=OSA.distance, score_cutoff=allowed, limit=MAX_CANDIDATES
    )
    return [candidate for candidate, _distance, _index in found] if allowed else []


def _load(language: str) -> dict[str, None]:
    """The words of all live pages in the language, the most frequent first."""
    table = sql.Identifier(SearchEntry._meta.db_table)
    with connection.cursor() as cursor:
        entries = ENTRIES.format(table=table, language=sql.Literal(language)).as_string()
        statement = WORDS.format(
            entries=sql.Literal(entries),
            weight=sql.Literal(UNSTEMMED_WEIGHT),
            length=sql.Literal(MAX_WORD_LENGTH),
        )
        cursor.execute(statement.as_string())
        return dict.fromkeys(word for (word,) in cursor.fetchall())


# Reading the words takes a second with 10,000 pages.
vocabulary = Memory(_load, VOCABULARY_SECONDS)
