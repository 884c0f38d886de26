"""Tracks which sessions have passed two-factor authentication.

Removing a second factor ends all other sessions of the account. Adding a second factor to an
account that had none also ends its other sessions, because they began with the password alone.
"""

from typing import cast

from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
    authenticator_used,
)
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.core.cache import caches
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.connection import ConnectionProxy

from staff.models import User

SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
SESSION_KEY = "staff_second_step"

# allauth counts attempts and used codes in the default cache. A per-process cache would allow five
# attempts in each process instead of five in all.
ratelimit.cache = totp.cache = ConnectionProxy(caches, "log_in")  # type: ignore[assignment]


@receiver([authenticator_added, authenticator_reset, authenticator_used])
def store_authenticator(
    request: HttpRequest, authenticator: Authenticator, **kwargs: object
) -> None:
    request.session[SESSION_KEY] = authenticator.pk


def _end_sessions(pk: int) -> None:
    """End the sessions of the account.

    `request.user` gets the new session version, so that `keep_this_session` can keep the session of
    this request.
    """
    User.end_sessions([pk])
    request = context.request
    if request and request.user.pk == pk:
        request.user.refresh_from_db(fields=["session_version"])


@receiver(post_delete, sender=Authenticator)
def end_sessions_of_owner(instance: Authenticator, **kwargs: object) -> None:
    _end_sessions(instance.user_id)


@receiver(post_save, sender=Authenticator)
def end_sessions_without_second_factor(
    instance: Authenticator, created: bool, **kwargs: object
) -> None:
    others = Authenticator.objects.filter(user=instance.user_id, type__in=SECOND_FACTORS)
    is_first = not others.exclude(pk=instance.pk).exists()
    if created and instance.type in SECOND_FACTORS and is_first:
        _end_sessions(instance.user_id)


@receiver(authenticator_added)
def count_as_proof(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: object
) -> None:
    """Record the new device as used, because otherwise the next page would ask for it at once."""
    if authenticator.type in SECOND_FACTORS:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def keep_this_session(request: HttpRequest, user: User, **kwargs: object) -> None:
    """Keep the current session logged in, even if the device that verified it is removed.

    The session then counts as verified by another device, because the user has just
    reauthenticated.
    """
    update_session_auth_hash(request, cast("User", request.user))
    other = Authenticator.objects.filter(user=user, type__in=SECOND_FACTORS).first()
    if other and not is_verified(request):
        request.session[SESSION_KEY] = other.pk


def is_verified(request: HttpRequest) -> bool:
    """Whether this session used a second factor that still exists."""
    shown = request.session.get(SESSION_KEY)
    return (
        shown is not None and Authenticator.objects.filter(pk=shown, user=request.user.pk).exists()
    )


def is_set_up(request: HttpRequest) -> bool:
    return Authenticator.objects.filter(user=request.user.pk, type__in=SECOND_FACTORS).exists()


def may_reset_password_by_email(user: User) -> bool:
    """Whether a link in an email may set a new password for this account.

    False if the account still lacks a required second step, or has a one-time password. Otherwise
    anyone who reads the mailbox could set up a second step of their own.
    """
    if user.must_change_password or not (user.is_active and user.email):
        return False
    has_second_factor = Authenticator.objects.filter(user=user, type__in=SECOND_FACTORS).exists()
    return has_second_factor or not (settings.TWO_STEP_LOGIN and user.requires_two_factor())


def is_log_in_complete(request: HttpRequest) -> bool:
    """Whether the user has chosen a password and, if needed, given the second step in this session.

    An incomplete login opens only the pages where it is completed. True if nobody is logged in.
    """
    user = request.user
    if not user.is_authenticated:
        return True
    if user.must_change_password:
        return False
    if not settings.TWO_STEP_LOGIN or is_verified(request):
        return True
    return not is_set_up(request) and not user.requires_two_factor()
