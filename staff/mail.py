from collections.abc import Callable, Iterable

from anymail.exceptions import AnymailError
from django.core.mail import send_mail
from django.utils import translation

from staff.models import User

# Mail server down, recipient rejected, or an error of the email provider.
MAIL_ERRORS = (OSError, AnymailError)


def mail(people: Iterable[User], write: Callable[[], tuple[str, str]]) -> None:
    """Email each user the subject and text that `write` returns, in their CMS language."""
    for person in people:
        mail_to(person.email, person.language, write)


def mail_to(email: str, language: str, write: Callable[[], tuple[str, str]]) -> None:
    with translation.override(language):
        subject, text = write()
    send_mail(subject, text, None, [email])
