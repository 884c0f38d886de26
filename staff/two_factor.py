"""Track which sessions have passed two-factor authentication, using allauth's signals."""

from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_reset, authenticator_used
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import caches
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.connection import ConnectionProxy

SESSION_KEY = "staff_second_step"

# allauth counts attempts and used codes in the default cache. A per-process cache would allow five
# attempts in each process instead of five in all.
ratelimit.cache = totp.cache = ConnectionProxy(caches, "log_in")  # type: ignore[assignment]


@receiver([authenticator_added, authenticator_reset, authenticator_used])
def store_authenticator(
    request: HttpRequest, authenticator: Authenticator, **kwargs: object
) -> None:
    request.session[SESSION_KEY] = authenticator.pk


def is_verified(request: HttpRequest) -> bool:
    """Whether this session used a second factor that still exists."""
    shown = request.session.get(SESSION_KEY)
    return (
        shown is not None and Authenticator.objects.filter(pk=shown, user=request.user.pk).exists()
    )


def is_set_up(request: HttpRequest) -> bool:
    types = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return Authenticator.objects.filter(user=request.user.pk, type__in=types).exists()
