"""Background emails to staff about their accounts.

The request does not send them, because its duration would reveal whether an email address is known.
"""

from datetime import timedelta

from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext, gettext_lazy
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from staff.mail import errors_for_jobs, mail_to
from staff.models import AccountChange, User
from staff.two_factor import may_reset_password_by_email

# Waits 4 seconds, then 16, and so on, about an hour and a half in all.
RETRY = RetryStrategy(max_attempts=6, exponential_wait=4)
# The keys with a slash are the names of allauth's email templates.
CHANGES = {
    "mfa/email/totp_activated": gettext_lazy("An authenticator app was added."),
    "mfa/email/totp_deactivated": gettext_lazy("The authenticator app was removed."),
    "mfa/email/webauthn_added": gettext_lazy("A passkey was added."),
    "mfa/email/webauthn_removed": gettext_lazy("A passkey was removed."),
    "mfa/email/recovery_codes_generated": gettext_lazy("New recovery codes were made."),
    "password": gettext_lazy("The password was changed."),
    "email": gettext_lazy("The email address was changed."),
    "reset": gettext_lazy("The login was reset: password, passkeys, app and recovery codes."),
    "disabled": gettext_lazy("The account was disabled."),
    "enabled": gettext_lazy("The account was enabled again."),
    "deleted": gettext_lazy("The account was deleted."),
    "roles": gettext_lazy(
        "What the account may do was changed: its roles, or whether it is an administrator."
    ),
}


@app.task(name="mail_account_change", queue="outgoing", retry=RETRY)
def mail_account_change(account_change: int) -> None:
    """Tell the owner of an account by email what was changed.

    The email goes to the address that the account had before the change.
    """
    found = AccountChange.objects.filter(pk=account_change).first()
    if not found:
        return  # already sent

    def write() -> tuple[str, str]:
        subject = gettext("Your account was changed")
        text = gettext(
            "%(change)s Account: %(username)s.\n\n"
            "If you did this or expected it, there is nothing to do.\n\n"
            "If not, ask an administrator at once to reset your login, by phone or in person."
        )
        return subject, text % {"change": CHANGES[found.change], "username": found.username}

    with errors_for_jobs():
        mail_to(found.email, found.language, write)
    found.delete()


@app.periodic(cron="55 * * * *")
@app.task(name="purge_account_changes", queue="schedule", queueing_lock="purge_account_changes")
def purge_account_changes(timestamp: int) -> None:
    """Delete the addresses to which no email could be sent."""
    AccountChange.objects.filter(created_at__lt=timezone.now() - timedelta(days=1)).delete()


@app.task(name="mail_password_reset", retry=RETRY)
@transaction.atomic
def mail_password_reset(users: list[int]) -> None:
    """Email a link for choosing a new password to each user, in a job for each."""
    for pk in users:
        app.configure_task("mail_password_reset_link").defer(user=pk)


@app.task(name="mail_password_reset_link", queue="outgoing", retry=RETRY)
def mail_password_reset_link(user: int) -> None:
    """Email a link for choosing a new password, if the user may use one."""
    found = User.objects.filter(pk=user).first()
    if not found or not may_reset_password_by_email(found):
        return
    context = {
        "user": found,
        "uid": urlsafe_base64_encode(force_bytes(found.pk)),
        "token": default_token_generator.make_token(found),
    }

    def write() -> tuple[str, str]:
        template = "wagtailadmin/account/password_reset/email"
        subject = render_to_string(f"{template}_subject.txt", context)
        return subject.strip(), render_to_string(f"{template}.txt", context)

    with errors_for_jobs():
        mail_to(found.email, found.language, write)
