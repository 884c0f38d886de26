"""A decorator for views that change how the current user logs in.

It refuses the change if another request disabled, deleted or reset the account after this request
began.
"""

from collections.abc import Callable
from functools import wraps

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

View = Callable[..., HttpResponseBase]


def change_of_current_account(view: View) -> View:
    """Lock the account while a form is processed.

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
