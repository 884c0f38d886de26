from django import template

from consent.mixins import HasConsent
from consent.panels import summarize

register = template.Library()


@register.inclusion_tag("consent/summary.html")
def consent_summary(item: HasConsent) -> dict:
    """What is agreed about a page or picture, read-only, with a button to the record."""
    return summarize(item)
