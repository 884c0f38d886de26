from django.templatetags.static import static
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks

from site_settings.dates import views


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return [path("read-date/", views.read_date, name="read_date")]


@hooks.register("insert_global_admin_js")
def insert_global_admin_js() -> SafeString:
    return format_html('<script src="{}"></script>', static("js/date-text.js"))
