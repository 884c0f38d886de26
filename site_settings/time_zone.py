from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext


def describe_time_zone() -> str:
    """Describes the time zone of times in the CMS: the user's own, or else the site's."""
    words = {
        "zone": timezone.get_current_timezone_name(),
        "now": date_format(localtime(), "TIME_FORMAT"),
    }
    return gettext("Time zone: %(zone)s (now %(now)s).") % words


def format_with_time_zone(moment: datetime) -> str:
    """A date and time as staff read it: in their time zone, which is named."""
    zone = timezone.get_current_timezone_name()
    return f"{date_format(localtime(moment), 'DATETIME_FORMAT')} ({zone})"
