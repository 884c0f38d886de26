from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.documents.models import AbstractDocument
from wagtail.log_actions import LogActionRegistry
from wagtail.models import BaseViewRestriction, Page

from staff import two_factor
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

    Anyone else could set the password of that account and log in with it.
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
    """Email the users and end their sessions, because the action does not call `User.save`."""
    if action_type != "set_active_state":
        return
    before = {each.pk: each for each in objects if isinstance(each, User)}
    for user in User.objects.filter(pk__in=before):
        if user.is_active != before[user.pk].is_active:
            user.mail_change("enabled" if user.is_active else "disabled")
    User.end_sessions(before)


@hooks.register("before_serve_page")
def refuse_restricted_page(
    page: Page, request: HttpRequest, args: list, kwargs: dict
) -> HttpResponse | None:
    # Without a session cookie there is no user. Returning here saves a query and a Vary header.
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    return _complete_log_in(request, page.get_view_restrictions())


@hooks.register("before_serve_document")
def refuse_restricted_document(
    document: AbstractDocument, request: HttpRequest
) -> HttpResponse | None:
    return _complete_log_in(request, document.collection.get_view_restrictions())


def _complete_log_in(request: HttpRequest, restrictions: QuerySet) -> HttpResponse | None:
    """Redirect a user whose login lacks a step to the CMS, which asks for that step.

    Wagtail checks only that there is a user, or which groups the user has.
    """
    needs_user = restrictions.exclude(restriction_type=BaseViewRestriction.PASSWORD).exists()
    if needs_user and not two_factor.is_log_in_complete(request):
        response = redirect("wagtailadmin_home")
        add_never_cache_headers(response)
        return response
    return None


@hooks.register("register_log_actions")
def register_log_actions(actions: LogActionRegistry) -> None:
    actions.register_action("staff.reset_log_in", _("Reset login"), _("Login reset"))
