"""Background emails to staff about pages."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from staff.mail import errors_for_jobs, mail_to
from staff.models import User

# Waits 4 seconds, then 16, and so on, about a day in all, in case the mail server is down.
RETRY = RetryStrategy(max_attempts=8, exponential_wait=4)


@app.task(name="mail_kept_as_draft", queue="outgoing", retry=RETRY)
def mail_kept_as_draft(page: int, user: int) -> None:
    """Tell a user that a scheduled page could not be published."""
    url = settings.SITE_URL + reverse("wagtailadmin_pages:edit", args=[page])

    def write() -> tuple[str, str]:
        return (
            _("A page was not published"),
            _(
                "A page was scheduled to be published now, but was kept as a draft. Open it "
                "and press “Publish”. The form will show what is missing.\n\n%(address)s\n"
            )
            % {"address": url},
        )

    person = User.objects.filter(pk=user, is_active=True).exclude(email="").first()
    if person:
        with errors_for_jobs():
            mail_to(person.email, person.language, write)
