"""Pictures, files and pages that a translation uses instead of those of its original.

wagtail-localize stores any value as an override. If it names something that does not exist, every
preview, submission and publication of the translation fails.
"""

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from wagtail_localize.models import SegmentOverride, Translation


def has_usable_overrides(translation: Translation) -> bool:
    try:
        translation.source.get_ephemeral_translated_instance(
            translation.target_locale, fallback=True
        )
    except (ObjectDoesNotExist, TypeError, ValueError):
        return False
    return True


def remove_outdated_overrides(translation: Translation) -> int:
    """Removes overrides by what was deleted since; returns their count."""
    if has_usable_overrides(translation):
        return 0
    segments = translation.source.overridablesegment_set
    overrides = list(segments.get_overrides(translation.target_locale))
    with transaction.atomic():
        SegmentOverride.objects.filter(pk__in=[each.pk for each in overrides]).delete()
        return sum(not _is_restored(each, translation) for each in overrides)


def _is_restored(override: SegmentOverride, translation: Translation) -> bool:
    override.save(force_insert=True)
    is_usable = has_usable_overrides(translation)
    if not is_usable:
        override.delete()
    return is_usable
