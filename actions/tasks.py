"""Background tasks: emails and webhooks.

Job arguments contain no email address, only the pk of a row or keyed hashes of the address.
"""

from uuid import UUID

from django.utils import timezone, translation
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from actions import signatures, webhooks
from actions.mails import absolute_url, send
from actions.models import ActionPage
from actions.signatures import deletion_token
from actions.webhooks import Delivery, DeliveryFailed

# Waits 4 seconds, then 16, and so on, about a day in all, in case the mail server is down.
RETRY = RetryStrategy(max_attempts=8, exponential_wait=4)
# The `last_error` of a webhook that cannot be decrypted: the name of the setting to correct. The
# CMS shows it.
UNREADABLE = "SIGNATURE_KEY"


@app.task(name="send_confirmation_link", queue="outgoing", retry=RETRY)
def send_confirmation_link(signature: str) -> None:
    """Email the confirmation link, or that the person has already confirmed."""
    found = signatures.find(UUID(signature))
    page = found and ActionPage.for_action(found.action, found.language)
    if not (found and page):
        return  # deleted in the meantime
    with translation.override(found.language):
        subject = translation.gettext("Confirm your email address")
    send(
        found.email,
        subject,
        "actions/mails/confirm",
        found.language,
        page=page,
        is_confirmed=bool(found.confirmed_at),
        is_repeated=bool(found.mailed_at and found.mailed_at > found.signed_at),
        link=absolute_url("confirm", found.language, found.token),
        delete_url=absolute_url("delete_request", found.language),
    )


@app.task(name="find_data_to_delete", retry=RETRY)
def find_data_to_delete(email_keys: list[str]) -> None:
    """Find the person who asked for deletion. The email is sent in a job of its own."""
    signatures.queue_deletion_link(email_keys)


@app.task(name="send_deletion_link", queue="outgoing", retry=RETRY)
def send_deletion_link(signature: str) -> None:
    """Email the deletion link to the person, so that nobody else can delete the data."""
    found = signatures.find(UUID(signature))
    if not found:
        return
    with translation.override(found.language):
        subject = translation.gettext("Confirm deletion of your data")
    link = absolute_url("delete_confirm", found.language, deletion_token(found))
    send(found.email, subject, "actions/mails/delete", found.language, link=link)


@app.task(name="send_webhook", queue="outgoing", retry=webhooks.RETRY, pass_context=True)
def send_webhook(context: JobContext, delivery: str) -> None:
    """Send a webhook, but first all pending earlier webhooks about the same person."""
    this_delivery = Delivery.objects.filter(pk=UUID(delivery))
    found = this_delivery.first()
    if not found:
        return  # the person was deleted, or another job has sent it
    if not found.is_readable:
        this_delivery.update(last_error=UNREADABLE, failed_at=timezone.now())
        return
    try:
        webhooks.send_in_order(found)
    except DeliveryFailed as error:
        is_last = context.job.attempts >= (webhooks.RETRY.max_attempts or 0)
        failed_at = timezone.now() if is_last else None
        this_delivery.update(last_error=str(error), failed_at=failed_at)
        raise
