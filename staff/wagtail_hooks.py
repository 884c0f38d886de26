from django.urls import URLPattern, path
from wagtail import hooks

from staff.views import FirstPasswordView


@hooks.register("register_admin_urls")
def first_password() -> list[URLPattern]:
    return [path("first-password/", FirstPasswordView.as_view(), name="staff_first_password")]
