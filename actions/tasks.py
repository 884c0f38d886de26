"""Mails and hand-over in the background. A job holds the number of a row, and no address."""

from uuid import UUID

from django.utils import timezone, translation
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from actions import webhooks
from actions.mails import address, send
from actions.models import ActionPage
from actions.signatures import Signature, deletion_token
from actions.webhooks import Delivery, DeliveryFailed

# After 4 seconds, then 16, …: a mail server that is away for a day is caught up with.
PATIENCE = RetryStrategy(max_attempts=8, exponential_wait=4)


@app.task(name="mail_to_confirm", retry=PATIENCE)
def mail_to_confirm(signature: str) -> None:
    """Asks the person for the press of a button; whoever has pressed it is told so."""
    found = Signature.objects.filter(pk=UUID(signature)).first()
    page = found and ActionPage.known_as(found.action, found.language)
    if not (found and page):
        return  # deleted meanwhile
    with translation.override(found.language):
        subject = translation.gettext("Confirm your email address")
    send(
        found.email,
        subject,
        "actions/mails/confirm",
        found.language,
        page=page,
        is_confirmed=bool(found.confirmed_at),
        link=address("confirm", found.language, found.token),
        forget=address("delete_request", found.language),
    )


@app.task(name="mail_to_delete", retry=PATIENCE)
def mail_to_delete(signature: str) -> None:
    """The way to be deleted, to the address itself: nobody else may ask for it."""
    found = Signature.objects.filter(pk=UUID(signature)).first()
    if not found:
        return
    with translation.override(found.language):
        subject = translation.gettext("Confirm deletion of your data")
    link = address("delete_confirm", found.language, deletion_token(found))
    send(found.email, subject, "actions/mails/delete", found.language, link=link)


@app.task(name="send_webhook", retry=webhooks.PATIENCE, pass_context=True)
def send_webhook(context: JobContext, delivery: str) -> None:
    found = Delivery.objects.filter(pk=UUID(delivery)).first()
    if not found:
        return
    try:
        found.send()
    except DeliveryFailed as error:
        found.answer = str(error)
        if context.job.attempts >= (webhooks.PATIENCE.max_attempts or 0):
            found.failed_at = timezone.now()
        found.save()
        raise
    found.delete()
