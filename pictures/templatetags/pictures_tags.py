from django import template
from django.utils.timezone import localdate
from django.utils.translation import gettext

from consent.models import ConsentRecord
from pictures.alt_text import reason_to_refuse
from pictures.models import Picture

register = template.Library()


@register.inclusion_tag("pictures/labels.html")
def picture_labels(picture: Picture) -> dict[str, list[str]]:
    """Why this picture cannot be used on a page yet, in a few words each. Runs no queries."""
    labels = []
    if not picture.is_displayable():
        labels.append(_consent_label(picture.record))
    if reason_to_refuse(picture):
        labels.append(gettext("Alt text is missing"))
    return {"labels": labels}


def _consent_label(record: ConsentRecord) -> str:
    if not record.shown:
        return gettext("Who is shown?")
    if record.expires_on and record.expires_on <= localdate():
        return gettext("Consent has ended")
    return gettext("Consent is missing")
