"""The words of each language that the content checks look for in links, claims and alt texts.

If a language is missing here, the checks find only numbers and URLs in its texts. `manage.py check`
warns about a missing language.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ContentWords:
    """The words of one language. `claims` and `alt_text_start` are regular expressions."""

    vague_links: frozenset[str]
    claims: tuple[str, ...]  # patterns of claims that need a source
    alt_text_start: str  # a start that says nothing, such as “image of”
    # Plural endings of stigmatizing words, which are listed in the singular.
    plural_endings: tuple[str, ...]


_EN_NUMBERS = "two|three|four|five|six|seven|eight|nine"
_ES_NUMBERS = "dos|tres|cuatro|cinco|seis|siete|ocho|nueve"
CONTENT_WORDS = {
    "en": ContentWords(
        vague_links=frozenset(
            (
                *("click", "click here", "continue", "details", "find out more", "go", "here"),
                *("info", "learn more", "link", "more", "more info", "more information", "read"),
                *("read more", "see more", "this", "this link", "this page", "this website"),
                "website",
            )
        ),
        claims=(
            r"per ?cent\b",
            r"\d[\d.,]*\s(?:thousand|million|billion|trillion)\b",
            rf"(?:\d+|one|{_EN_NUMBERS})\s(?:in|out of)(?:\severy)?\s(?:\d+|{_EN_NUMBERS}|ten)\b",
            r"(?:studies|study|research|evidence|data)"
            r"\s(?:shows?|finds?|found|says?|suggests?|proves?)\b",
            r"according to\b",
        ),
        alt_text_start=(
            r"(?:an? |the )?(?:image|picture|photo|photograph|drawing|illustration|graphic) of\b"
        ),
        plural_endings=("s", "es"),
    ),
    "es": ContentWords(
        vague_links=frozenset(
            (
                *("aquí", "clic aquí", "haga clic aquí", "haz clic aquí", "leer más", "más"),
                "más información",
            )
        ),
        claims=(
            r"por ciento\b",
            r"\d[\d.,]*\s(?:mil|millón|millones|billones)\b",
            rf"(?:\d+|una?|{_ES_NUMBERS})\sde\scada\s(?:\d+|{_ES_NUMBERS}|diez)\b",
            r"(?:estudios?|investigación|investigaciones|evidencia|datos)"
            r"\s(?:muestran?|demuestran?|indican?|dicen?|sugieren?|prueban?|encontraron|encontró)\b",
            r"según\b",
        ),
        alt_text_start=r"(?:una? |la )?(?:imagen|foto|fotografía|ilustración) de\b",
        plural_endings=("s", "es"),
    ),
}
