from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry

from staff.models import User
from staff.views import EmailView, FirstPasswordView, PasswordView, ResetLogInView


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return [
        path("first-password/", FirstPasswordView.as_view(), name="staff_first_password"),
        path("account/password/", PasswordView.as_view(), name="staff_password"),
        path("account/email/", EmailView.as_view(), name="staff_email"),
        path("users/<int:pk>/reset-log-in/", ResetLogInView.as_view(), name="staff_reset_log_in"),
    ]


@hooks.register("register_account_menu_item")
def register_two_factor_menu_item(request: object) -> dict:
    return {
        "url": reverse("mfa_index"),
        "label": gettext("Two-step login"),
        "help_text": gettext("Your passkeys, your authenticator app and your recovery codes."),
    }


@hooks.register("register_account_menu_item")
def register_password_menu_item(request: object) -> dict:
    return {
        "url": reverse("staff_password"),
        "label": gettext("Password"),
        "help_text": gettext("Change your password."),
    }


@hooks.register("register_account_menu_item")
def register_email_menu_item(request: object) -> dict:
    return {
        "url": reverse("staff_email"),
        "label": gettext("Email address"),
        "help_text": gettext("Change the address to which we send you emails."),
    }


@hooks.register("before_edit_user")
@hooks.register("before_delete_user")
def protect_administrators(request: HttpRequest, *users: User) -> None:
    """Only administrators may change the account of an administrator.

    Anyone who sets its password can log in to it.
    """
    if any(user.is_superuser for user in users) and not request.user.is_superuser:
        raise PermissionDenied


@hooks.register("before_bulk_action")
def protect_administrators_from_bulk_action(
    request: HttpRequest, action_type: str, objects: Iterable[Model], action: object
) -> None:
    protect_administrators(request, *(each for each in objects if isinstance(each, User)))


@hooks.register("after_bulk_action")
def follow_up_bulk_change_of_active_state(
    request: HttpRequest, action_type: str, objects: Iterable[Model], action: object
) -> None:
    """Wagtail changes several users with an update, which does not call `User.save`."""
    if action_type != "set_active_state":
        return
    before = {each.pk: each for each in objects if isinstance(each, User)}
    for user in User.objects.filter(pk__in=before):
        if user.is_active != before[user.pk].is_active:
            user.mail_change("enabled" if user.is_active else "disabled")
    User.end_sessions(before)


@hooks.register("register_log_actions")
def register_log_actions(actions: LogActionRegistry) -> None:
    actions.register_action("staff.reset_log_in", _("Reset login"), _("Login reset"))
