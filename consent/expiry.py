"""Reminds stewards before consent expires, and takes down what may no longer be shown."""

import logging
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consent import registry
from consent.mixins import HasConsent
from consent.models import Reminder
from staff.mail import MAIL_ERRORS, mail
from staff.models import User

logger = logging.getLogger("django.schedule")
DAYS_BEFORE = (60, 30, 7)


def take_down(user: AbstractUser | None = None, **lookups: object) -> int:
    """Take down what may no longer be shown because consent expired or its record changed.

    `lookups` limit the objects. `user` is the person who changed the record; the history names
    them. An object that cannot be taken down does not stop the rest, and the next run tries again.
    """
    count = 0
    for model in registry.consent_models():
        try:
            with transaction.atomic():
                model.recompute(**lookups)
        except Exception:
            logger.exception("Stored values of consent could not be recomputed")
        for item in model.to_take_down().filter(**lookups):
            try:
                with transaction.atomic():
                    item.take_down(user)
            except Exception:
                logger.exception("A page or picture without consent could not be taken down")
            else:
                count += 1
    return count


def remind_stewards() -> int:
    """Email the steward of each record on the days in DAYS_BEFORE before its consent ends.

    If several of these reminders were missed, one email is sent for all of them.
    """
    today = localdate()
    due = registry.find_by_date(
        expires_on__gt=today, expires_on__lte=today + timedelta(days=max(DAYS_BEFORE))
    )
    # One reminder for each record: copies and translations share their record.
    items = {item.consent_id: item for item in reversed(due)}
    sent = 0
    for item in items.values():
        try:
            sent += _remind(item)
        # The mail server is down or rejects the recipient; the next run tries again.
        except MAIL_ERRORS:
            logger.exception("A steward was not reminded")
    return sent


@transaction.atomic
def _remind(item: HasConsent) -> bool:
    people = User.recipients_for(item.record.steward)
    expires_on = item.record.expires_on
    if not people or not expires_on:  # nobody has an email address; the next run tries again
        return False
    days_left = (expires_on - localdate()).days
    new_reminders = [
        Reminder.objects.get_or_create(record=item.record, expires_on=expires_on, days=days)[1]
        for days in DAYS_BEFORE
        if days_left <= days
    ]
    if not any(new_reminders):
        return False

    def write() -> tuple[str, str]:
        """Return a subject and a text that name and quote nobody: sent email cannot be erased."""
        return (
            ngettext("Consent ends in %(days)d day", "Consent ends in %(days)d days", days_left)
            % {"days": days_left},
            _(
                "Consent for a story or picture ends on %(date)s. From that day on, this site will "
                "not show it. You get this email because you are its steward, or because it has no "
                "steward with an email address. Ask the person whether it may still be shown, and "
                "record the answer here:\n\n%(address)s\n"
            )
            % {
                "date": date_format(expires_on),
                "address": settings.SITE_URL + reverse("consent:inspect", args=[item.consent_id]),
            },
        )

    mail(people, write)
    return True
