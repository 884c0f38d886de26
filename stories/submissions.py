"""Stories that readers send us: drafts for the stewards, with what each person agreed to."""

import secrets
from dataclasses import replace

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.html import linebreaks
from django.utils.timezone import localdate
from django.utils.translation import gettext, gettext_noop
from procrastinate.contrib.django import app

from actions import encryption
from consent import withdrawal
from pictures.models import Picture
from pictures.tasks import ask_for_sizes
from stories.contacts import Contact
from stories.models import StoryIndexPage, StoryPage
from stories.submission_form import Naming, SubmissionForm


@transaction.atomic
def take(index: StoryIndexPage, form: SubmissionForm) -> None:
    """Makes a draft of what somebody sent, and tells the stewards.

    One at a time, so that the same form that arrives twice makes one.
    """
    parent = StoryIndexPage.objects.select_for_update().get(pk=index.pk)
    keys = encryption.lookups(form.content)
    if Contact.objects.filter(key__in=keys).exists():
        return
    code = secrets.token_hex(4)  # a title of its own, by which a withdrawal finds no other story
    page = StoryPage(
        title=_in_our_language(gettext_noop("Story %(code)s, sent on %(date)s"), code),
        slug=f"sent-{code}",
        live=False,
        teller=form.shown_name,
        name_changed=form.cleaned_data["naming"] == Naming.CHANGED,
        place=form.cleaned_data["place"],
        portrait=_portrait(form, code),
        body=[{"type": "text", "value": linebreaks(form.cleaned_data["story"], autoescape=True)}],
        **form.consent,
    )
    parent.add_child(instance=page)
    page.save_revision()
    Contact.objects.create(page=page, reach=form.cleaned_data["reach"], key=keys[0])
    app.configure_task("receive_story").defer(page=page.pk)


def purge() -> int:
    """Deletes how to reach those who sent a story long ago; how many.

    A story that nobody took up by then is erased with it: nobody can ask the person any more.
    """
    old = Contact.objects.filter(sent_at__lte=timezone.now() - Contact.KEPT)
    pages = [contact.page for contact in old.select_related("page")]
    old.delete()
    for page in pages:
        if not page.basis and page.first_published_at is None:
            withdrawal.withdraw(withdrawal.plan(page))
    return len(pages)


def _portrait(form: SubmissionForm, code: str) -> Picture | None:
    """The worker makes its sizes: no reader waits for that."""
    found = form.cleaned_picture
    if found is None:
        return None
    # Nobody is there to hear what was in the file, and the name in it may be the person's own.
    found = replace(found, byline="", removed=(), was_animated=False)
    file = found.file("sent")
    file.clean = found  # type: ignore[attr-defined]  # so it is not cleaned once more
    title = _in_our_language(gettext_noop("Picture of story %(code)s"), code)
    picture = Picture(title=title, file=file, **form.consent)
    picture.save(with_sizes=False)
    ask_for_sizes(picture.pk)
    return picture


def _in_our_language(words: str, code: str) -> str:
    """A title for colleagues, which names nobody."""
    with translation.override(settings.LANGUAGE_CODE):
        return gettext(words) % {"code": code, "date": date_format(localdate())}
