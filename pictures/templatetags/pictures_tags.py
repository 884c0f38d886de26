from itertools import islice

from django import template
from django.utils.translation import gettext

from consent.models import ConsentRecord
from pictures.alt_text import reason_to_refuse
from pictures.models import Picture
from pictures.usability import reasons_not_to_use as find_reasons

register = template.Library()


@register.inclusion_tag("pictures/labels.html")
def picture_labels(picture: Picture) -> dict[str, list[str]]:
    """Labels that say why this picture cannot be used on a page yet. Runs no queries."""
    labels = [
        _consent_label(picture.record, *error) for error in islice(picture.display_errors(), 1)
    ]
    if reason_to_refuse(picture):
        labels.append(gettext("Alt text is missing"))
    return {"labels": labels}


@register.inclusion_tag("pictures/reasons.html")
def reasons_not_to_use(picture: Picture) -> dict[str, object]:
    """Why this picture, which was just saved, cannot be used on a page yet."""
    return {"reasons": find_reasons(picture), "is_saved": True}


def _consent_label(record: ConsentRecord, field: str, sentence: str) -> str:
    """The label for a consent error: a short one for the most common errors, else `sentence`."""
    if not record.shown:
        return gettext("Who is shown?")
    if field == "expires_on" and record.expires_on:
        return gettext("Consent has ended")
    return sentence
