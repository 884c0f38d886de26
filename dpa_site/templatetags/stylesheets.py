from django import template
from django.utils.safestring import SafeString

from dpa_site.assets import stylesheets

register = template.Library()


@register.simple_tag
def stylesheet(name: str) -> SafeString:
    """Inline a stylesheet as a <style> element."""
    return SafeString(f"<style>{stylesheets.text(name)}</style>")
