from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from staff.mail import errors_for_jobs, mail_to
from staff.models import User
from stories import submissions
from stories.contacts import Contact
from stories.models import StewardTask

# Retries for about a day, after 4 seconds, 16 seconds and so on, in case the mail server is down or
# other pictures are being decoded.
RETRY = RetryStrategy(max_attempts=8, exponential_wait=4)


@app.task(name="receive_story", retry=RETRY)
def receive_story(page: int) -> None:
    """Add the picture of a submitted story, and email each steward about it."""
    submissions.add_portrait(page)
    with transaction.atomic():
        for steward in stewards():
            app.configure_task("mail_steward").defer(page=page, steward=steward.pk)


@app.task(name="mail_steward", queue="outgoing", retry=RETRY)
def mail_steward(page: int, steward: int) -> None:
    """Email one steward about a submitted story."""
    person = User.objects.filter(pk=steward, is_active=True).exclude(email="").first()
    # The story may have been answered or erased in the meantime.
    if person and Contact.objects.filter(page=page).exists():
        with errors_for_jobs():
            mail_to(person.email, person.language, lambda: _message(page))


def stewards() -> list[User]:
    """Users in the groups of StewardTask who have an email address, or else administrators."""
    groups = Group.objects.filter(pk__in=StewardTask.objects.values("groups"))
    found = User.objects.filter(groups__in=groups, is_active=True).exclude(email="").distinct()
    return list(found) or User.recipients_for(None)


def _message(page: int) -> tuple[str, str]:
    """Return subject and text, without quotes from the story: sent email cannot be erased."""
    url = settings.SITE_URL + reverse("stories_contact", args=[page])
    return (
        gettext("Someone sent us their story"),
        gettext(
            "It is saved as a draft. Read it and see how to contact the person "
            "here:\n\n%(address)s\n"
        )
        % {"address": url},
    )
