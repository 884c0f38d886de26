from collections.abc import Callable, Iterable

from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import send_mail
from django.utils import translation
from wagtail.users.models import UserProfile

from staff.models import User

# Mail server down, recipient rejected, or an error of the email provider.
MAIL_ERRORS = (OSError, AnymailError)


def mail(people: Iterable[User], write: Callable[[], tuple[str, str]]) -> None:
    """Email each user the subject and text that `write` returns, in their CMS language."""
    for person in people:
        with translation.override(_language(person)):
            subject, text = write()
        send_mail(subject, text, None, [person.email])


def _language(person: User) -> str:
    chosen = UserProfile.objects.filter(user=person).values_list("preferred_language", flat=True)
    return chosen.first() or settings.LANGUAGE_CODE
