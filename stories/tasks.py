from django.conf import settings
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils.translation import gettext
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from staff.mail import mail
from staff.models import User
from stories.contacts import Contact
from stories.models import StewardTask

# After 4 seconds, then 16, …: a mail server that is away for a day is caught up with.
PATIENCE = RetryStrategy(max_attempts=8, exponential_wait=4)


@app.task(name="receive_story", retry=PATIENCE)
def receive_story(page: int) -> None:
    """Tells the stewards of a sent story."""
    if Contact.objects.filter(page=page).exists():  # neither answered nor erased meanwhile
        mail(stewards(), lambda: _words(page))


def stewards() -> list[User]:
    """Those who take the last step of a story; administrators while there is nobody."""
    groups = Group.objects.filter(pk__in=StewardTask.objects.values("groups"))
    found = User.objects.filter(groups__in=groups, is_active=True).exclude(email="").distinct()
    return list(found) or User.recipients_for(None)


def _words(page: int) -> tuple[str, str]:
    """Mail is kept for ever where nobody can erase it: it quotes nothing of the story."""
    address = settings.SITE_URL + reverse("stories_answer", args=[page])
    return (
        gettext("Someone sent us their story"),
        gettext(
            "It is saved as a draft. Read it and see how to contact the person "
            "here:\n\n%(address)s\n"
        )
        % {"address": address},
    )
