"""What happens before consent ends, and on the day."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from consent import registry
from consent.models import ConsentFields, Reminder
from staff.mail import NOT_SENT, mail
from staff.models import User

logger = logging.getLogger("django.schedule")
DAYS_BEFORE = (60, 30, 7)


def unpublish_all_expired() -> int:
    """Takes away what may no longer be shown: its day has come, or somebody said so meanwhile."""
    out = (thing for kind in registry.kinds() for thing in kind.published())
    ended = [thing for thing in out if not thing.is_displayable()]
    for thing in ended:
        thing.unpublish_expired()
    return len(ended)


def remind_stewards() -> int:
    """Mails each steward once for each of DAYS_BEFORE; after a gap only the latest is sent."""
    today = localdate()
    due = registry.ending(
        expires_on__gt=today, expires_on__lte=today + timedelta(days=max(DAYS_BEFORE))
    )
    # Copies and translations of a page are one person's, and one mail.
    people = {thing.subject_key: thing for thing in reversed(due)}
    sent = 0
    for thing in people.values():
        try:
            sent += _remind(thing)
        except NOT_SENT:  # no mail server, or an address it refuses: the next run tries again
            logger.exception("A steward was not reminded")
    return sent


@transaction.atomic
def _remind(thing: ConsentFields) -> bool:
    people = User.recipients_for(thing.steward)
    last = thing.expires_on
    if not people or not last:  # nobody has an address; the first who gets one hears at once
        return False
    days_left = (last - localdate()).days
    news = [
        Reminder.objects.get_or_create(subject_key=thing.subject_key, expires_on=last, days=days)[1]
        for days in DAYS_BEFORE
        if days_left <= days
    ]
    if not any(news):
        return False

    def write() -> tuple[str, str]:
        """Mail is kept for ever where nobody can erase it: it names no one and quotes nothing."""
        return (
            _("Consent ends in %(days)d days") % {"days": days_left},
            _(
                "On %(date)s, something you are the steward of will be removed from the site "
                "because consent ends. Ask the person and record what they say:\n\n%(address)s\n"
            )
            % {
                "date": date_format(last),
                "address": settings.SITE_URL + registry.edit_url(thing),
            },
        )

    mail(people, write)
    return True
