"""Links to the current page in other languages."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language, get_language_info
from wagtail.models import Page

from editorial.translations.status import HOME_PATH_LENGTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from editorial.public_pages import PageWithLanguage


@dataclass
class Language:
    code: str
    name: str  # the language's name in that language
    url: str
    leads_to_home: bool = False  # links to the home page, because this page is not translated


def languages(
    request: HttpRequest, current_page: Page | None, pages: "Sequence[PageWithLanguage]"
) -> list[Language]:
    """Links to `current_page`, or to the current view, in the other languages.

    `pages` are the `navigation_pages`: they include the translations of `current_page` and the home
    pages. If the page has no translation, the link leads to the home page in that language. A
    language without a home page is left out.
    """
    active = get_language()
    homes = {page.language: page for page in pages if len(page.path) == HOME_PATH_LENGTH}
    same = {page.language: page for page in pages if _is_translation(page, current_page)}
    found = []
    for code, _name in settings.LANGUAGES:
        if code == active or code not in homes:
            continue
        name = get_language_info(code)["name_local"].capitalize()
        if code in same:
            found.append(Language(code, name, same[code].get_url(request)))
        elif current_page is None and _is_view(request):
            found.append(Language(code, name, translate_url(request.get_full_path(), code)))
        else:
            found.append(Language(code, name, homes[code].get_url(request), leads_to_home=True))
    return found


def alternate_urls(
    request: HttpRequest, current_page: Page | None, pages: "Sequence[PageWithLanguage]"
) -> list[Language]:
    """Full URLs of `current_page` and all its translations, and `x-default`.

    Empty if the page exists in only one language.
    """
    homes = {page.language for page in pages if len(page.path) == HOME_PATH_LENGTH}
    same = {page.language: page for page in pages if _is_translation(page, current_page)}
    found = [
        Language(code, str(name), same[code].get_full_url(request))
        for code, name in settings.LANGUAGES
        if code in same and code in homes
    ]
    if len(found) < 2:
        return []
    main = next((one for one in found if one.code == settings.LANGUAGE_CODE), found[0])
    return [*found, Language("x-default", main.name, main.url)]


def original_of(
    translation: "PageWithLanguage", pages: "Sequence[PageWithLanguage]"
) -> "PageWithLanguage | None":
    """The page in the main language that `translation` was translated from, or None."""
    if translation.language == settings.LANGUAGE_CODE:
        return None
    main = (page for page in pages if page.language == settings.LANGUAGE_CODE)
    return next(
        (page for page in main if page.translation_key == translation.translation_key), None
    )


def _is_translation(page: Page, current_page: Page | None) -> bool:
    return bool(current_page and current_page.pk) and page.translation_key == getattr(
        current_page, "translation_key", 0
    )


def _is_view(request: HttpRequest) -> bool:
    """Whether the URL belongs to a view, such as search, and not to a page of Wagtail."""
    found = request.resolver_match
    return found is not None and found.url_name != "wagtail_serve"
