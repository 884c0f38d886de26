"""Sessions that end SESSION_COOKIE_AGE after login.

Django counts from the last write to the session, so whoever has the cookie could keep the session
alive for ever.
"""

import math
import time
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends import db
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

LOGGED_IN_AT = "staff_logged_in_at"  # in seconds since 1970


@receiver(user_logged_in)
def record_time_of_login(request: HttpRequest, **kwargs: object) -> None:
    request.session[LOGGED_IN_AT] = time.time()


class SessionStore(db.SessionStore):
    def get_expiry_age(self, **kwargs: Any) -> int:
        age = super().get_expiry_age(**kwargs)
        logged_in_at = self.get(LOGGED_IN_AT)
        if logged_in_at is None:
            return age
        return min(age, math.ceil(logged_in_at + settings.SESSION_COOKIE_AGE - time.time()))

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        return timezone.now() + timedelta(seconds=self.get_expiry_age(**kwargs))
