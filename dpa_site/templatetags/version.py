from django import template

from dpa_site.version import VERSION

register = template.Library()


@register.simple_tag
def site_version() -> str:
    return VERSION
