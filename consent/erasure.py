"""Erase every trace of a page or an uploaded file from the database and the storage.

Wagtail's own deletion leaves text behind: in log labels, form states and tags. The tests search a
dump of the whole database for text that was left behind.
"""

from collections.abc import Iterable

from django.contrib.contenttypes.models import ContentType
from django.db import models
from taggit.models import Tag
from wagtail.admin.models import EditingSession, FormState
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import ModelLogEntry, Page, UploadedFile

from consent import localize

ERASED = "[erased]"


def erase_pages(pages: Iterable[Page]) -> None:
    """Erase pages.

    Revisions, comments and reviews are deleted by cascade. `consent.registry` clears the log.
    """
    # Aliases first: Wagtail turns an alias into a normal page when its source is deleted.
    in_order = sorted(pages, key=lambda page: page.alias_of_id is None)  # type: ignore[attr-defined]
    ids = [page.pk for page in in_order]
    for pk in ids:
        for page in Page.objects.filter(pk=pk).specific():
            page.delete()
    localize.erase_unused_strings()
    EditingSession.objects.filter(object_id__in=map(str, ids)).delete()


def erase_redirects(redirects: Iterable[Redirect]) -> None:
    pks = [redirect.pk for redirect in redirects]
    erase_log(Redirect, pks)
    Redirect.objects.filter(pk__in=pks).delete()


def erase_log(model: type[models.Model], ids: Iterable[int]) -> None:
    """Clear what the log says about deleted objects of a model."""
    entries = ModelLogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(model), object_id__in=map(str, ids)
    )
    entries.update(label=ERASED, data={})


def erase_files(files: Iterable[models.Model]) -> None:
    """Erase documents, and pictures with all their renditions. Files are deleted on commit."""
    for file in files:
        pk, tags = file.pk, list(file.tags.all())  # type: ignore[attr-defined]
        file.delete()
        erase_log(type(file), [pk])
        for tag in tags:
            if not tag.taggit_taggeditem_items.exists():
                Tag.objects.filter(pk=tag.pk).delete()


def erase_unsaved_input() -> None:
    """Delete the preview form states and unfinished uploads of all users.

    Form states and uploads do not record which person they are about, so all are deleted. Wagtail
    saves the state of an open form again at the next keystroke.
    """
    FormState.objects.all().delete()
    for upload in UploadedFile.objects.all():
        upload.file.delete(save=False)
        upload.delete()
