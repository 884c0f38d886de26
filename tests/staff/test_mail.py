from datetime import timedelta

from django.core.mail import EmailMessage
from django.utils.timezone import localdate
from wagtail.users.models import UserProfile

from consent.expiry import remind_stewards
from stories.models import StoryIndexPage
from tests import factories


def test_mail_is_in_preferred_language_of_recipient(
    story_index: StoryIndexPage, mailoutbox: list[EmailMessage]
) -> None:
    ana = factories.UserFactory(email="ana@example.org")
    UserProfile.objects.create(user=ana, preferred_language="es")
    ben = factories.UserFactory(email="ben@example.org")
    for steward in (ana, ben):
        consent = factories.consent(steward=steward, expires_on=localdate() + timedelta(days=7))
        factories.StoryPageFactory(parent=story_index, consent=consent)
    remind_stewards()
    subjects = {mail.to[0]: mail.subject for mail in mailoutbox}
    assert subjects == {
        "ana@example.org": "El consentimiento termina en 7 días",
        "ben@example.org": "Consent ends in 7 days",
    }
    dates = {mail.to[0]: mail.body.split("\n")[0] for mail in mailoutbox}
    assert " de " in dates["ana@example.org"]
