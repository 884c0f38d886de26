"""Names of languages within sentences."""

from django.conf import settings
from django.utils.translation import get_language, get_language_info


def language_in_sentence(code: str) -> str:
    """The name of a language for a sentence in the active language: “English”, but “inglés”.

    If a language writes its own name in lowercase, it writes all names of languages in lowercase.
    """
    active = get_language_info(get_language() or settings.LANGUAGE_CODE)
    name = str(get_language_info(code)["name_translated"])  # it may be lazy
    return name if active["name_local"][0].isupper() else name.lower()
