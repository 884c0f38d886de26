"""Emails to readers in their language, as plain text and HTML."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from staff.mail import errors_for_jobs


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
    with errors_for_jobs():
        mail.send()


def absolute_url(view: str, language: str, *args: str) -> str:
    """Absolute URL of a view in a language, for use in emails."""
    with translation.override(language):
        return settings.SITE_URL + reverse(view, args=args)
