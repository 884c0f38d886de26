from django import template

from consent.mixins import HasConsent
from consent.panels import summarize

register = template.Library()


@register.inclusion_tag("consent/summary.html")
def consent_summary(item: HasConsent) -> dict:
    """Read-only summary of the consent for a page or picture, with a button to the record."""
    return summarize(item)
