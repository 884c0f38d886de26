"""Decorators for views that change accounts.

They refuse the change if another request disabled, deleted or reset the account of the current user
after this request began.
"""

from collections.abc import Callable
from functools import wraps

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

View = Callable[..., HttpResponseBase]
# All views of these namespaces but LISTINGS need a fresh proof, because they change accounts and
# what accounts may do. This includes views that a new version of Wagtail adds.
ACCOUNT_NAMESPACES = {"wagtailusers_users", "wagtailusers_groups"}
# Names of views in ACCOUNT_NAMESPACES that change nothing.
LISTINGS = {"index", "index_results", "history", "history_results", "usage"}
ACCOUNT_MODELS = {("staff", "user"), ("auth", "group")}


def changes_accounts(request: HttpRequest, kwargs: dict) -> bool:
    """Whether the view of a request changes users or groups. `kwargs` are those of the view."""
    match = request.resolver_match
    if match and match.view_name == "wagtail_bulk_action":
        return (kwargs["app_label"], kwargs["model_name"]) in ACCOUNT_MODELS
    return bool(match and match.namespace in ACCOUNT_NAMESPACES and match.url_name not in LISTINGS)


def change_of_current_account(view: View) -> View:
    """Lock the account of the current user while a form is processed.

    Raises AccountChanged, for which FreshProofMiddleware redirects to the login page.
    """

    @wraps(view)
    def locked_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.method != "POST" or not request.user.is_authenticated:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            request.user.lock()
            return view(request, *args, **kwargs)

    return locked_view


def change_of_accounts(view: View) -> View:
    """Apply `change_of_current_account` to a view of the CMS if it changes users or groups."""
    locked_view = change_of_current_account(view)

    @wraps(view)
    def chosen_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        chosen = locked_view if changes_accounts(request, kwargs) else view
        return chosen(request, *args, **kwargs)

    return chosen_view
