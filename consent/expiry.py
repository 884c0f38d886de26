"""Reminders before consent expires, and unpublishing on the day it does."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consent import registry
from consent.models import ConsentFields, Reminder
from staff.mail import MAIL_ERRORS, mail
from staff.models import User

logger = logging.getLogger("django.schedule")
DAYS_BEFORE = (60, 30, 7)


def unpublish_all_expired() -> int:
    """Unpublish what may no longer be shown: consent has expired or has changed."""
    published = (item for model in registry.consent_models() for item in model.published())
    ended = [item for item in published if not item.is_displayable()]
    for item in ended:
        item.unpublish_expired()
    return len(ended)


def remind_stewards() -> int:
    """Email each steward once for each of DAYS_BEFORE; after a gap, only the latest."""
    today = localdate()
    due = registry.find_by_date(
        expires_on__gt=today, expires_on__lte=today + timedelta(days=max(DAYS_BEFORE))
    )
    # One email per person: copies and translations of a page share a subject_key.
    people = {item.subject_key: item for item in reversed(due)}
    sent = 0
    for item in people.values():
        try:
            sent += _remind(item)
        except MAIL_ERRORS:  # mail server down or recipient rejected: the next run retries
            logger.exception("A steward was not reminded")
    return sent


@transaction.atomic
def _remind(item: ConsentFields) -> bool:
    people = User.recipients_for(item.steward)
    expires_on = item.expires_on
    if not people or not expires_on:  # no recipient has an email address; the next run retries
        return False
    days_left = (expires_on - localdate()).days
    new_reminders = [
        Reminder.objects.get_or_create(
            subject_key=item.subject_key, expires_on=expires_on, days=days
        )[1]
        for days in DAYS_BEFORE
        if days_left <= days
    ]
    if not any(new_reminders):
        return False

    def write() -> tuple[str, str]:
        """Names nobody and quotes nothing, because sent email cannot be erased."""
        return (
            ngettext("Consent ends in %(days)d day", "Consent ends in %(days)d days", days_left)
            % {"days": days_left},
            _(
                "On %(date)s, consent ends for a story or picture that you are the steward of, and "
                "the site will no longer show it. Ask the person and record what they say:\n\n"
                "%(address)s\n"
            )
            % {
                "date": date_format(expires_on),
                "address": settings.SITE_URL + registry.edit_url(item),
            },
        )

    mail(people, write)
    return True
