"""Saves submitted stories as drafts for the stewards, with the consent that was given."""

import logging
import secrets
from dataclasses import replace
from datetime import timedelta

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.html import linebreaks
from django.utils.timezone import localdate
from django.utils.translation import gettext, gettext_noop
from procrastinate.contrib.django import app

from actions import encryption
from consent import erasure, withdrawal
from consent.models import Basis, ConsentRecord
from pictures.cleaning import CleanedFile, clean
from pictures.models import Picture
from pictures.tasks import enqueue_sizes
from stories.contacts import Contact, PicturePart, Submission
from stories.models import StoryIndexPage, StoryPage
from stories.submission_form import Naming, SubmissionForm

SLUG_PREFIX = "sent-"
PART_SIZE = 1_000_000  # bytes
logger = logging.getLogger("django.schedule")


@transaction.atomic
def save(index: StoryIndexPage, form: SubmissionForm) -> None:
    """Save a submission as a draft and notify the stewards.

    Locks the story lists of all languages, so that a form submitted twice creates one draft.
    """
    lists = StoryIndexPage.objects.select_for_update(of=("self",)).order_by("pk")
    parent = next(each for each in lists if each.pk == index.pk)
    keys = encryption.lookup_hashes(form.content)
    if Contact.objects.filter(key__in=keys).exists():
        return
    # The code makes the title unique, so that a withdrawal matches no other story.
    code = secrets.token_hex(4)
    consent = ConsentRecord.objects.create(**form.consent)
    page = StoryPage(
        title=_staff_title(gettext_noop("Story %(code)s, sent on %(date)s"), code),
        slug=f"{SLUG_PREFIX}{code}",
        live=False,
        teller=form.shown_name,
        name_changed=form.cleaned_data["naming"] == Naming.CHANGED,
        place=form.cleaned_data["place"],
        body=[{"type": "text", "value": linebreaks(form.cleaned_data["story"], autoescape=True)}],
        consent=consent,
    )
    parent.add_child(instance=page)
    page.save_revision()
    Submission.objects.create(consent=consent)
    Contact.objects.create(page=page, reach=form.cleaned_data["reach"], key=keys[0])
    if picture := form.cleaned_data["picture"]:
        PicturePart.store(page, picture.chunks(PART_SIZE))
    # A low priority, because decoding a picture takes seconds, and mail should not wait for it.
    app.configure_task("receive_story", priority=-1).defer(page=page.pk)


def purge() -> int:
    """Delete contact details older than PERSONAL_DATA_RETENTION_DAYS. Return their number.

    Also erases unsigned stories of that age (see `_is_unsigned`), because nobody can contact the
    person any more. If erasing a story fails, the other stories are still erased.
    """
    oldest = timezone.now() - timedelta(days=settings.PERSONAL_DATA_RETENTION_DAYS)
    count, _by_model = Contact.objects.filter(sent_at__lte=oldest).delete()
    PicturePart.objects.filter(page__contact=None).delete()  # pictures that the worker did not add
    for submission in Submission.objects.filter(sent_at__lte=oldest).select_related("consent"):
        record = submission.consent
        try:
            with transaction.atomic():
                if _is_unsigned(record):
                    withdrawal.withdraw(withdrawal.make_plan([record]))
                else:
                    submission.delete()
        except Exception:
            logger.exception("A story that nobody signed for was not erased")
    return count


@receiver(post_delete, sender=StoryPage)
def erase_unsigned_pictures(instance: StoryPage, **kwargs: object) -> None:
    """Erase the pictures of an unsigned story when its last page is deleted.

    Nobody has consented to these pictures.
    """
    for submission in Submission.objects.filter(consent=instance.consent_id):
        pages = StoryPage.objects.filter(consent=submission.consent)
        if _is_unsigned(submission.consent) and not pages.exists():
            erasure.erase_files(Picture.objects.filter(consent=submission.consent))


def _is_unsigned(record: ConsentRecord) -> bool:
    """Whether a submitted story has no signed form, no other basis and no public page."""
    is_signed = record.form_reference if record.basis == Basis.FORM else record.basis
    # Do not check first_published_at: Wagtail also sets it on copies of drafts.
    return not is_signed and not StoryPage.objects.live().filter(consent=record).exists()


def add_portrait(page: int) -> None:
    """Clean the picture that was sent with a story, and add it to the draft.

    Raises ValidationError while other pictures are being decoded. The caller must try again.
    """
    found = None
    try:
        if not (data := PicturePart.read(page)):
            return
        found = clean(data)
    except InvalidToken:  # its encryption key has been removed
        pass
    except ValidationError as error:
        if error.code == "busy":
            raise
    with transaction.atomic():
        # Lock the record before its pictures, as a withdrawal does.
        records = ConsentRecord.objects.select_for_update()
        record = records.filter(pk__in=StoryPage.objects.filter(pk=page).values("consent")).first()
        if not (record and PicturePart.objects.filter(page=page).delete()[0]):
            return  # erased in the meantime
        if found is None:
            Contact.objects.filter(page=page).update(is_picture_damaged=True)
            return
        story = StoryPage.objects.get(pk=page)
        draft = story.get_latest_revision_as_object()
        draft.portrait = _save_picture(found, record, story.slug.removeprefix(SLUG_PREFIX))
        draft.save_revision()
        StoryPage.objects.filter(pk=page, live=False).update(portrait=draft.portrait)


def _save_picture(found: CleanedFile, consent: ConsentRecord, code: str) -> Picture:
    # Drop the messages for editors, and the byline, which may be the person's real name.
    found = replace(found, byline="", removed=(), left_out="")
    file = found.file("sent")
    file.clean = found  # type: ignore[attr-defined]  # marks the file as cleaned already
    title = _staff_title(gettext_noop("Picture of story %(code)s"), code)
    picture = Picture(title=title, file=file, consent=consent)
    picture.save(with_sizes=False)
    enqueue_sizes(picture.pk)
    return picture


def _staff_title(words: str, code: str) -> str:
    """A title for staff, in the default language, that names nobody."""
    with translation.override(settings.LANGUAGE_CODE):
        return gettext(words) % {"code": code, "date": date_format(localdate())}
