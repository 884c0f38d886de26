"""Background emails to staff about their accounts.

They are not sent by the request: its duration would tell whether an email address is known.
"""

from collections.abc import Callable

from django.contrib.auth.tokens import default_token_generator
from django.template.loader import render_to_string
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from staff.mail import MAIL_ERRORS, mail
from staff.models import User

# Waits 4 seconds, then 16, and so on, about an hour and a half in all.
RETRY = RetryStrategy(max_attempts=6, exponential_wait=4)


class MailNotSent(Exception):
    """Raised instead of the mail server's own error, which may quote the recipient in the log."""


@app.task(name="mail_password_reset", retry=RETRY)
def mail_password_reset(users: list[int]) -> None:
    """Email a link for choosing a new password to each user."""
    for user in User.objects.filter(pk__in=users, is_active=True).exclude(email=""):
        context = {
            "user": user,
            "uid": urlsafe_base64_encode(force_bytes(user.pk)),
            "token": default_token_generator.make_token(user),
        }

        def write(context: dict = context) -> tuple[str, str]:
            template = "wagtailadmin/account/password_reset/email"
            subject = render_to_string(f"{template}_subject.txt", context)
            return subject.strip(), render_to_string(f"{template}.txt", context)

        _send(user, write)


def _send(user: User, write: Callable[[], tuple[str, str]]) -> None:
    try:
        mail([user], write)
    except MAIL_ERRORS as error:
        raise MailNotSent(type(error).__name__) from None
