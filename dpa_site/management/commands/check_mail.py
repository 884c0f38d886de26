from argparse import ArgumentParser
from smtplib import SMTPException

from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.management.base import BaseCommand, CommandError

# These backends send nothing.
NO_SERVER = ("console", "dummy", "filebased")


class Command(BaseCommand):
    help = "Sends a test email, and says why if that fails."
    requires_system_checks: list = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("to", help="the email address that receives the test")

    def handle(self, to: str, **options: object) -> None:
        if settings.EMAIL_BACKEND.split(".")[-2] in NO_SERVER:
            raise CommandError("EMAIL_URL names no mail server, so no email leaves this machine.")
        message = EmailMessage(
            subject=f"Test from {settings.SITE_URL}",
            body=f"{settings.SITE_URL} can send email.",
            to=[to],
        )
        try:
            message.send()
        except (OSError, SMTPException, AnymailError, ValueError) as error:
            reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
            raise CommandError(f"The email was not sent. {reason}") from error
        self.stdout.write(
            f"The mail server accepted the email from {settings.DEFAULT_FROM_EMAIL}. See whether "
            "it arrives."
        )
