"""Which sessions have shown a second step. Signals tell us; the session remembers with what."""

from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_reset, authenticator_used
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import caches
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.connection import ConnectionProxy

SHOWN = "staff_second_step"

# allauth counts tries and remembers used codes in the default cache, which each process may have
# for itself: then five tries would be five for each process.
ratelimit.cache = totp.cache = ConnectionProxy(caches, "log_in")  # type: ignore[assignment]


@receiver([authenticator_added, authenticator_reset, authenticator_used])
def remember(request: HttpRequest, authenticator: Authenticator, **kwargs: object) -> None:
    request.session[SHOWN] = authenticator.pk


def was_shown(request: HttpRequest) -> bool:
    """Whether it was in this session, with something that was not removed since."""
    shown = request.session.get(SHOWN)
    return (
        shown is not None and Authenticator.objects.filter(pk=shown, user=request.user.pk).exists()
    )


def is_set_up(request: HttpRequest) -> bool:
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return Authenticator.objects.filter(user=request.user.pk, type__in=kinds).exists()
