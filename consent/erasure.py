"""Takes every trace of a page or an uploaded file out of the database and the storage.

Wagtail's own deleting leaves words behind: in the labels of its logs, in half-typed forms, in
tags. What is done here was tried against a dump of the whole database.
"""

from collections.abc import Iterable

from django.contrib.contenttypes.models import ContentType
from django.db import models
from taggit.models import Tag
from wagtail.admin.models import EditingSession, FormState
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import ModelLogEntry, Page, PageLogEntry, UploadedFile

from consent import pieces
from consent.models import ConsentFields, Reminder

ERASED = "[erased]"


def erase_pages(pages: Iterable[Page], paths: Iterable[str]) -> None:
    """With their versions, comments, reviews and redirects, which go along by themselves."""
    # Aliases first: an alias whose page is deleted would become a page of its own.
    in_order = sorted(pages, key=lambda page: page.alias_of_id is None)
    ids = [page.pk for page in in_order]
    for pk in ids:
        Page.objects.get(pk=pk).specific.delete()
    pieces.erase_unused()
    PageLogEntry.objects.filter(page_id__in=ids).update(label=ERASED, data={})
    EditingSession.objects.filter(object_id__in=map(str, ids)).delete()
    for path in filter(None, (path.strip("/") for path in paths)):
        to_it = models.Q(redirect_link__endswith=f"/{path}/")
        from_it = models.Q(old_path=Redirect.normalise_path(path))  # it had sent its readers on
        Redirect.objects.filter(to_it | from_it).delete()


def erase_files(files: Iterable[models.Model]) -> None:
    """Pictures with all their sizes, and documents; the files go when the transaction ends."""
    for file in files:
        kind, pk, tags = ContentType.objects.get_for_model(file), file.pk, list(file.tags.all())
        file.delete()
        entries = ModelLogEntry.objects.filter(content_type=kind, object_id=str(pk))
        entries.update(label=ERASED, data={})
        for tag in tags:
            if not tag.taggit_taggeditem_items.exists():
                Tag.objects.filter(pk=tag.pk).delete()


def erase_what_was_typed() -> None:
    """Forms that Wagtail keeps for previews, and uploads that nobody finished: everybody's.

    They do not say whom they are about, and are made anew at the next key stroke.
    """
    FormState.objects.all().delete()
    for upload in UploadedFile.objects.all():
        upload.file.delete(save=False)
        upload.delete()


def erase_reminders(things: Iterable[ConsentFields]) -> None:
    Reminder.objects.filter(subject_key__in=[thing.subject_key for thing in things]).delete()
