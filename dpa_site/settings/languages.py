"""The languages of the site, from LANGUAGES. `dpa_site.checks` reports what they lack."""

from django.utils.translation import get_language_info

from .environment import env, split

# The text search configurations of PostgreSQL 15, which are named for languages in English.
_CONFIGURATIONS = {
    *("arabic", "armenian", "basque", "catalan", "danish", "dutch", "english", "finnish"),
    *("french", "german", "greek", "hindi", "hungarian", "indonesian", "irish", "italian"),
    *("lithuanian", "nepali", "norwegian", "portuguese", "romanian", "russian", "serbian"),
    *("spanish", "swedish", "tamil", "turkish", "yiddish"),
}


def _name(code: str) -> str:
    """The name of the language, which is translated when it is shown."""
    try:
        return get_language_info(code)["name_translated"]
    except KeyError:
        raise SystemExit(
            f"LANGUAGES contains {code}, which is not the code of a language that Django knows,"
            " such as es."
        ) from None


_codes = split(env.str("LANGUAGES", "en,es"))
if not _codes or len(set(_codes)) < len(_codes):
    raise SystemExit("LANGUAGES must list the code of each language once, such as en,es.")
# The first is the default language: its URLs have no language prefix.
LANGUAGES = [(code, _name(code)) for code in _codes]
LANGUAGE_CODE = LANGUAGES[0][0]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES  # in other languages, our parts of the CMS are English
# Text search configuration by language. All other languages use "simple", which finds only whole
# words.
TEXT_SEARCH_CONFIGS = {
    code: configuration
    for code, _translated_name in LANGUAGES
    if (configuration := get_language_info(code.partition("-")[0])["name"].lower())
    in _CONFIGURATIONS
}
