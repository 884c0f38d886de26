"""Normalizes text, so that texts that look the same to a reader are equal."""

import re
import unicodedata

from django.utils.html import strip_tags

from consent.character_references import unescape

# Letters that look like a space: Hangul fillers and the blank Braille pattern.
BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
# Tags that may stand within a word; all others separate words.
INLINE = "a|b|code|del|em|i|mark|s|small|span|strong|sub|sup|u"
OTHER_TAG = re.compile(rf"<(?!/?(?:{INLINE})[\s/>])", re.IGNORECASE)
APOSTROPHES = "'’‘‛ʼʻʹʽˈ`´′՚＇ꞌ"
WITHOUT_APOSTROPHES = str.maketrans("", "", APOSTROPHES)
# Lower-case Cyrillic, Greek and phonetic letters, each with the Latin letter that it or its capital
# looks like, according to Unicode's confusables.txt.
LOOK_ALIKES = str.maketrans(
    "авгекмнорстухьіјѕүһӏԁԛԝαβγεζηικμνορτυχϲϳɑɡɩʋ",
    "abrekmhopctyxbijsyhldqwabyezhikmnoptyxcjagiu",
)
# Letters of languages without spaces between words: Chinese, Japanese, Thai, Lao, Burmese, Khmer.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
PUNCTUATION = re.compile(r"[\W_]+")


class _VisibleCharacters(dict):
    """A table for `str.translate` that computes each replacement only once."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if category[0] == "Z" or character.isspace() or character in BLANK_LETTERS:
            self[code] = " "
        elif category in {"Cc", "Cf", "Cn", "Co", "Cs", "Mn"}:
            self[code] = ""
        else:
            self[code] = character
        return self[code]


_visible = _VisibleCharacters()


def visible_text(text: str) -> str:
    """`text` in lower case, without accents, invisible characters and repeated spaces."""
    return " ".join(unicodedata.normalize("NFKD", text).translate(_visible).casefold().split())


def normalize(text: str) -> str:
    """`visible_text` of rich text, without markup and punctuation.

    Letters that look like Latin letters are replaced by them.
    """
    words = unescape(strip_tags(OTHER_TAG.sub(" <", text))).translate(WITHOUT_APOSTROPHES)
    return PUNCTUATION.sub(" ", visible_text(words).translate(LOOK_ALIKES)).strip()
