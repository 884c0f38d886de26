"""Emails to readers in their language, as plain text and HTML."""

from smtplib import SMTPRecipientsRefused, SMTPResponseException

from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from staff.mail import MAIL_ERRORS


class MailNotSent(Exception):
    """Raised when an email was not sent.

    Its message is logged, so it contains only the type of the error and a status code: a mail
    server's own message may quote the recipient.
    """


def send(to: str, subject: str, template: str, language: str, **context: object) -> None:
    """Send an email made from `template`.txt and `template`.html, in a language.

    Raises MailNotSent if a retry may help. Ignores a permanent rejection of the recipient.
    """
    context |= {"subject": subject}
    with translation.override(language):
        text, html = (
            render_to_string(f"{template}.{extension}", context) for extension in ("txt", "html")
        )
    mail = EmailMultiAlternatives(subject, text, to=[to])
    mail.attach_alternative(html, "text/html")
    mail.extra_headers["Auto-Submitted"] = "auto-generated"
    try:
        mail.send()
    except SMTPRecipientsRefused as error:
        code, _message = error.recipients[to]
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


def absolute_url(view: str, language: str, *args: str) -> str:
    """Absolute URL of a view in a language, for use in emails."""
    with translation.override(language):
        return settings.SITE_URL + reverse(view, args=args)
