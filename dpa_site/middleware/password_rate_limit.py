"""Limits the rate of logins, password resets and forms for the password of a page or collection.

Each form has a limit per sender and, except for passkeys, a limit for all senders together.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from actions.rate_limit import SENDER_RATE, Rate, buckets, is_within_rate_limit
from dpa_site.middleware.origin_check import SAFE_METHODS, too_many_requests
from staff.known_browsers import account_of

# Checking the password of an account takes a quarter of a second. At these rates, logins use at
# most an eighth of a core in each process. An office with one IP address can still log in.
LOGIN_RATES = Rate(burst=8, per_minute=6), Rate(burst=20, per_minute=30)
# A login within this rate is accepted even if LOGIN_RATES are exceeded. All browsers in which the
# same account logged in last share the rate. A flood from other browsers does not use it up.
ACCOUNT_RATE = Rate(burst=8, per_minute=6)
# Each request sends at most one email.
RESET_RATES = Rate(burst=5, per_minute=2), Rate(burst=20, per_minute=10)
# No limit for all senders together, because a flood would keep everybody from logging in. Nobody
# can guess a passkey, and a check takes about a millisecond.
PASSKEY_RATES = SENDER_RATE, None
PAGE_RATES = SENDER_RATE, Rate(burst=60, per_minute=30)
# For each view, the rate of one sender and the rate of all senders together.
RATES: dict[str, tuple[Rate, Rate | None]] = {
    "account_login": LOGIN_RATES,
    "mfa_login_webauthn": PASSKEY_RATES,
    "wagtailadmin_password_reset": RESET_RATES,
    # Each page or collection with a password has its own limit.
    "wagtailcore_authenticate_with_password": PAGE_RATES,
    "wagtaildocs_authenticate_with_password": PAGE_RATES,
}


class PasswordRateLimitMiddleware:
    """Responds with 429, before the form data is read, if the sender or all senders are too fast.

    allauth limits attempts per account (settings/staff.py). Pages that ask for the password again
    need no other limit, because only users who are logged in can open them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, callback: Callable, args: tuple, kwargs: dict
    ) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        # A passkey login begins with a GET request, which stores its challenge in a new session.
        is_limited = request.method not in SAFE_METHODS or name == "mfa_login_webauthn"
        if name in RATES and is_limited and not _is_within_account_rate(request, name):
            restriction = kwargs.get("page_view_restriction_id", kwargs.get("restriction_id", ""))
            if not is_within_rate_limit(request, f"{name} {restriction}", *RATES[name]):
                return too_many_requests()
        return None


def _is_within_account_rate(request: HttpRequest, name: str) -> bool:
    """Whether the account that logged in with this browser last is within its own limit."""
    account = account_of(request) if name == "account_login" else ""
    return bool(account) and buckets.take(f"{name} in a browser of {account}", ACCOUNT_RATE)
