import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.mail import send_mail
from django.utils import translation

from staff.models import User

# Mail server down, recipient rejected, or an error of the email provider.
MAIL_ERRORS = (OSError, AnymailError)
logger = logging.getLogger("django.schedule")


class MailNotSent(Exception):
    """Raised when an email was not sent.

    Its message is logged, so it contains only the type of the error and a status code: a mail
    server's own message may quote the recipient.
    """


def mail(people: Iterable[User], write: Callable[[], tuple[str, str]]) -> None:
    """Email each user the subject and text that `write` returns, in their CMS language.

    An error for one user does not keep the email from the others. If the email was sent to nobody,
    the first error is raised, so that the caller can try again. If it was sent to somebody, errors
    are only logged: a second try would email that person twice.
    """
    errors, sent = [], 0
    for person in people:
        try:
            mail_to(person.email, person.language, write)
            sent += 1
        except MAIL_ERRORS as error:
            errors.append(error)
    if errors and not sent:
        raise errors[0]
    for each in errors:
        logger.error("An email was not sent to one of several users: %s", type(each).__name__)


def mail_to(email: str, language: str, write: Callable[[], tuple[str, str]]) -> None:
    with translation.override(language):
        subject, text = write()
    send_mail(subject, text, None, [email])


@contextmanager
def errors_for_jobs() -> Iterator[None]:
    """Raise MailNotSent if a retry may help. Ignore a permanent rejection of the recipient.

    A job is retried as a whole, so each job sends one email.
    """
    try:
        yield
    except SMTPRecipientsRefused as error:
        code = min(code for code, _message in error.recipients.values())
        if code < 500:  # temporary, for example greylisting
            raise MailNotSent(f"Rejected temporarily: {code}") from None
    except AnymailRecipientsRefused:
        pass  # no such mailbox; a retry would fail too
    except SMTPResponseException as error:
        raise MailNotSent(f"{type(error).__name__}: {error.smtp_code}") from None
    except AnymailAPIError as error:
        raise MailNotSent(f"{type(error).__name__}: {error.status_code}") from None
    except MAIL_ERRORS as error:
        raise MailNotSent(type(error).__name__) from None
