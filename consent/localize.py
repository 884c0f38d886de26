"""Search and erase what wagtail-localize stores: the segments of pages and their translations."""

from collections.abc import Iterable

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from wagtail.models import Page
from wagtail_localize.models import (
    OverridableSegment,
    RelatedObjectSegment,
    SegmentOverride,
    String,
    StringSegment,
    StringTranslation,
    Template,
    TemplateSegment,
    TranslationContext,
    TranslationSource,
)

SEGMENTS: tuple[type[Model], ...] = (
    StringSegment,
    TemplateSegment,
    RelatedObjectSegment,
    OverridableSegment,
)


def translated_texts(page: Page) -> Iterable[tuple[str, str]]:
    """Field path and text of each translation that the edit view shows, published or not."""
    current = StringSegment.objects.filter(
        string=OuterRef("translation_of"),
        context=OuterRef("context"),
        source__translations__enabled=True,
        source__translations__target_locale=page.locale_id,
    )
    texts = StringTranslation.objects.filter(
        Exists(current), context__object=page.translation_key, locale=page.locale_id
    )
    return texts.values_list("context__path", "data")


def keys_with(regex: str) -> QuerySet:
    """The translation keys of pages with a translated text that matches `regex` in PostgreSQL."""
    return StringTranslation.objects.filter(data__iregex=regex).values("context__object")


def erase_old_segments(pages: Iterable[Page]) -> None:
    """Delete the segments and translations that the current text of `pages` no longer has."""
    keys = {page.translation_key for page in pages}
    for source in TranslationSource.objects.filter(object__in=keys):
        if source.object.get_instance_or_none(source.locale):
            source.update_from_db()
    same_segment = Q(string=OuterRef("translation_of"), context=OuterRef("context"))
    translations = StringTranslation.objects.filter(context__object__in=keys)
    translations.exclude(Exists(StringSegment.objects.filter(same_segment))).delete()
    contexts = TranslationContext.objects.filter(object__in=keys)
    for model in SEGMENTS:
        contexts = contexts.exclude(Exists(model._default_manager.filter(context=OuterRef("pk"))))
    unused = list(contexts.values_list("pk", flat=True))
    SegmentOverride.objects.filter(context__in=unused).delete()
    contexts.filter(pk__in=unused).delete()
    erase_unused_strings()


def erase_unused_strings() -> None:
    """Delete strings and templates that no page uses. Deleting a page leaves them behind."""
    String.objects.filter(segments=None, translations=None).delete()
    Template.objects.filter(segments=None).delete()
