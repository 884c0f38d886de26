"""Mails to readers, in their language: as words and as a page."""

from smtplib import SMTPRecipientsRefused, SMTPResponseException

from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from staff.mail import NOT_SENT


class MailNotSent(Exception):
    """Only what kind of trouble it was: this is logged, and mail servers quote whom they refuse."""


def send(to: str, subject: str, template: str, language: str, **context: object) -> None:
    """Sends `template`.txt and `template`.html in a language. Raises MailNotSent."""
    context |= {"subject": subject}
    with translation.override(language):
        text, html = (render_to_string(f"{template}.{kind}", context) for kind in ("txt", "html"))
    mail = EmailMultiAlternatives(subject, text, to=[to])
    mail.attach_alternative(html, "text/html")
    mail.extra_headers["Auto-Submitted"] = "auto-generated"
    try:
        mail.send()
    except SMTPRecipientsRefused as error:
        code, _words = error.recipients[to]
        if code < 500:  # “later”, as some servers say to whoever writes for the first time
            raise MailNotSent(f"Not taken yet: {code}") from None
    except AnymailRecipientsRefused:
        pass  # there is nobody; the provider would say the same tomorrow
    except SMTPResponseException as error:
        raise MailNotSent(f"{type(error).__name__}: {error.smtp_code}") from None
    except AnymailAPIError as error:
        raise MailNotSent(f"{type(error).__name__}: {error.status_code}") from None
    except NOT_SENT as error:
        raise MailNotSent(type(error).__name__) from None


def address(view: str, language: str, *args: str) -> str:
    """The whole address of a page of ours, as a mail needs it."""
    with translation.override(language):
        return settings.SITE_URL + reverse(view, args=args)
