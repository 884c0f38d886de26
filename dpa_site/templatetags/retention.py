from django import template
from django.conf import settings

register = template.Library()


@register.filter
def period(name: str) -> int:
    """The number of days or hours in a setting of `dpa_site/settings/retention.py`."""
    return getattr(settings, name)
