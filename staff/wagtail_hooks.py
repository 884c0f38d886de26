from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry

from staff.views import FirstPasswordView, ResetLogInView


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return [
        path("first-password/", FirstPasswordView.as_view(), name="staff_first_password"),
        path("users/<int:pk>/reset-log-in/", ResetLogInView.as_view(), name="staff_reset_log_in"),
    ]


@hooks.register("register_account_menu_item")
def register_two_factor_menu_item(request: object) -> dict:
    return {
        "url": reverse("mfa_index"),
        "label": gettext("Two-step login"),
        "help_text": gettext("Your passkeys, your authenticator app and your recovery codes."),
    }


@hooks.register("register_log_actions")
def register_log_actions(actions: LogActionRegistry) -> None:
    actions.register_action("staff.reset_log_in", _("Reset login"), _("Login reset"))
