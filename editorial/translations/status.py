"""Finds publishing errors of translations, and outdated translations."""

import json
from collections.abc import Iterator

from django.conf import settings
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Least
from django.utils.translation import gettext, ngettext
from wagtail.models import Locale, Page
from wagtail.query import PageQuerySet
from wagtail.whitelist import check_url
from wagtail_localize.models import SegmentOverride, Translation

from editorial.translations.marks import excerpt, mark_errors

NAMED = 3  # untranslated segments in a message
HOME_PATH_LENGTH = 2 * Page.steplen  # home pages are children of the tree root


def is_untranslated_alias(page: Page) -> bool:
    """Whether the page is the alias that Wagtail creates for a missing translation."""
    original = page.alias_of_id  # type: ignore[attr-defined]
    source = original and Page.objects.filter(pk=original)
    return bool(source) and source.exclude(locale=page.locale_id).exists()


def translation_of(page: Page, *, is_stopped: bool = False) -> Translation | None:
    """The page's wagtail-localize translation, if it is translated by segments.

    With `is_stopped`, the translation that an editor has stopped.
    """
    return Translation.objects.filter(
        source__object_id=page.translation_key,
        target_locale=page.locale_id,
        enabled=not is_stopped,
    ).first()


def translation_errors(page: Page) -> Iterator[tuple[str, str]]:
    """Publishing errors of a translation."""
    if page.locale_id is None or page.locale.is_default:
        return
    if translation := translation_of(page):
        total, done = translation.get_progress()
        if total > done:
            yield (
                "title",
                ngettext(
                    "%(count)d segment is not translated yet.",
                    "%(count)d segments are not translated yet.",
                    total - done,
                )
                % {"count": total - done},
            )
            yield "title", _untranslated(translation)
        for sentence in (*mark_errors(translation), *_link_errors(translation)):
            yield "title", sentence
    home = Page.objects.filter(path=page.path[:HOME_PATH_LENGTH])
    if len(page.path) > HOME_PATH_LENGTH and not home.filter(live=True).exists():
        yield "title", gettext("Publish the home page in this language first.")


def _untranslated(translation: Translation) -> str:
    """Names segments that are not translated. Some, such as the slug, are on another tab."""
    segments = translation.source.stringsegment_set.select_related("string").order_by("order")
    missing = segments.annotate_translation(translation.target_locale).filter(translation=None)
    words = ", ".join(f"“{excerpt(segment.string.data)}”" for segment in missing[:NAMED])
    return gettext("Not translated: %(words)s. Look under Promote, too.") % {"words": words}


def _link_errors(translation: Translation) -> Iterator[str]:
    """Names URLs that a translator entered for links in text, if they could run a script."""
    segments = translation.source.overridablesegment_set
    overrides = SegmentOverride.objects.filter(
        locale=translation.target_locale,
        context__in=segments.values("context"),
        context__path__endswith="'",  # wagtail-localize quotes the URL of a link in text
    )
    for override in overrides:
        url = json.loads(override.data_json)
        if isinstance(url, str) and check_url(url) is None:
            yield gettext("A link leads to “%(url)s”. This is not allowed.") % {"url": url}


def translations_in(pages: PageQuerySet) -> PageQuerySet:
    """The translations among `pages`, without aliases."""
    other = Locale.objects.exclude(language_code=settings.LANGUAGE_CODE)
    return pages.filter(locale__in=other, alias_of=None, depth__gt=1)


def with_up_to_date_at(pages: PageQuerySet) -> PageQuerySet:
    """Adds `up_to_date_at`: when the published translation last matched its source.

    Synchronized changes count only after they are published.
    """
    synchronized = Translation.objects.filter(
        source__object_id=OuterRef("translation_key"),
        target_locale=OuterRef("locale"),
        enabled=True,
    ).values("source__last_updated_at")[:1]
    # `synchronized` is NULL for pages that are not translated by segments. PostgreSQL's LEAST
    # ignores NULL.
    return pages.annotate(up_to_date_at=Least(F("last_published_at"), Subquery(synchronized)))


def with_source_dates(pages: PageQuerySet) -> PageQuerySet:
    """The translations among `pages`, with `source_published_at` and `up_to_date_at`."""
    source = Page.objects.live().filter(
        translation_key=OuterRef("translation_key"), locale__language_code=settings.LANGUAGE_CODE
    )
    dates = source.values("last_published_at")[:1]
    return with_up_to_date_at(translations_in(pages)).annotate(source_published_at=Subquery(dates))


def outdated(pages: PageQuerySet) -> PageQuerySet:
    """Live pages whose source was published later. `pages` come from `with_source_dates`."""
    return pages.live().filter(source_published_at__gt=F("up_to_date_at"))
