"""Words that are names only in some positions or languages, and the words quoted around a name."""

import pytest

from stories.names import contains, find, search_terms

ZQ = "Zenobia Quispe"

SENTENCES = [
    ("Rosa", "Rosa kept going."),
    ("Luz María", "It was over. Luz went home."),
    ("Esperanza", "<h2>Why I came</h2><p>Esperanza walked home.</p>"),
    ("Hope", "Hope siguió adelante."),
    ("Will Banks", "¿Will vino? Banks también."),
]
WORDS = [
    ("Rosa", "A rosa, la rosa"),
    ("Luz", "“luz” means light"),
    ("Hope", "La marca hope"),
    ("Dale", "Dale naloxona."),
    ("Virginia", "Virginia aprobó una ley."),
    ("Washington", "Washington decides."),
    ("Sierra Paz", "Sierra Leone"),
    ("Gracia", "Doy las gracias"),
]


@pytest.mark.parametrize(("name", "text"), SENTENCES)
def test_word_of_another_language_is_a_name_if_it_begins_a_sentence(name: str, text: str) -> None:
    text_is_spanish = name.split()[0] in {"Hope", "Will"}
    of_word, of_text = ("en", "es") if text_is_spanish else ("es", "en")
    assert find(text, search_terms(name), language=of_text)
    assert not find(text, search_terms(name), language=of_word)
    assert not contains(text, search_terms(name))  # without a language


@pytest.mark.parametrize(("name", "text"), WORDS)
@pytest.mark.parametrize("language", ["en", "es", ""])
def test_common_words_are_not_taken_for_names_in_any_language(
    name: str, text: str, language: str
) -> None:
    assert not find(text, search_terms(name), language=language)


def test_spanish_title_is_no_name() -> None:
    terms = search_terms("Don")
    assert not find("Mi vecino Don José", terms, language="es")
    assert find("Mi vecino es Don.", terms, language="es")


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        (ZQ, "zenobiaquispe"),
        (ZQ, "her-story-zenobiaquispe.pdf"),
        ("Will", "will"),
        ("Hope", "story-of-hope-2.pdf"),
        ("Hope", "StoryOfHope.pdf"),
        ("Hope", "story-of-h%6Fpe.pdf"),
        ("Hope", "STORY%2DOF%2DHOPE"),
        ("Hope", "story-of-h0pe"),
        (ZQ, "ZEN%2DOBIA"),
        ("Esperanza", "la-esperanza"),
    ],
)
def test_common_words_match_in_slugs_and_file_names(name: str, slug: str) -> None:
    assert contains(slug, search_terms(name), match_common_words=True)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (
            "Hope Diaz",
            "<p>A <b>story of</b> Hope</p><p>from Ohio</p>",
            "A story of Hope",
        ),
        ("Zed", "zed", "zed"),
        ("Zed", "a " * 50 + "Zed " + "b " * 50, "a " * 15 + "zed" + " b" * 15),
        ("Zed", "Nobody", ""),
    ],
)
def test_words_around_a_name_are_quoted(name: str, text: str, words: str) -> None:
    assert find(text, search_terms(name)) == words
