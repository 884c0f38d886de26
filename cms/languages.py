"""The filter by language of the lists in the CMS."""

from collections.abc import Iterator

from django.conf import settings
from django.db.models import QuerySet
from django.forms import RadioSelect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter
from wagtail.models import Locale

ALL = "all"


class LanguageFilter(ChoiceFilter):
    """Shows pages in one language. Without a choice, that is the main language of the site."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Language"), widget=RadioSelect, empty_label=None, choices=_choices
        )

    def filter(self, pages: QuerySet, value: str) -> QuerySet:
        if value == ALL:
            return pages
        # The index for searching has no language codes.
        locales = Locale.objects.filter(language_code=value or settings.LANGUAGE_CODE)
        return pages.filter(locale_id__in=list(locales.values_list("pk", flat=True)))


def _choices() -> Iterator[tuple[str, str]]:
    languages = dict(settings.LANGUAGES)
    yield (
        "",
        gettext("%(language)s (main language)") % {"language": languages[settings.LANGUAGE_CODE]},
    )
    for code, name in languages.items():
        if code != settings.LANGUAGE_CODE:
            yield code, name
    yield ALL, gettext("All languages")
