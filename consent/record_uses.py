"""Where the pages and pictures of a record are shown. Hides what a user may not see."""

from copy import copy
from typing import NamedTuple, cast

from django.db.models import Model, Q
from django.utils.timezone import localdate
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.models import Page, Revision

from consent import registry
from consent.changes import may_change
from consent.descriptions import describe_item
from consent.mixins import HasConsent
from consent.models import ConsentRecord, Scope
from consent.uses import target, uses
from staff.models import User


class RecordUse(NamedTuple):
    title: str
    url: str
    note: str


def named_items(items: list[HasConsent], user: User) -> list[HasConsent]:
    """The items whose titles `user` may read."""
    if may_change(user):
        return items
    return [item for item in items if item.may_be_edited_by(user)]


def list_uses(items: list[HasConsent], user: User) -> tuple[list[RecordUse], int]:
    """List the items of a record and the objects that show or link to them; count what is hidden.

    Items whose titles `user` may not read are hidden (`named_items`). Other objects are hidden if
    `user` may neither edit them nor read them on the site, such as embargoed pages.
    """
    finder = AdminURLFinder(user)
    named = named_items(items, user)
    found = [
        RecordUse(item.title, finder.get_edit_url(item) or "", describe_item(item))  # type: ignore[attr-defined]
        for item in named
    ]
    using = uses(*_pages_and_files(items))
    found += [
        RecordUse(str(use.content_object), url, ", ".join(use.places))
        for use in using
        if (url := finder.get_edit_url(use.content_object) or _public_url(use.content_object))
    ]
    return found, len(items) + len(using) - len(found)


def count_public_pages(record: ConsentRecord) -> dict[str, int]:
    """For each scope, how many public pages and aliases would lose content without that scope.

    Only some pages need the press scope for their pictures; see BasePage.picture_scopes.
    """
    pages, files = _pages_and_files(registry.items_of(record))
    using = [use.content_object for use in uses([], files) if use.published] if files else []
    pks = [page.pk for page in (*pages, *using) if isinstance(page, Page)]
    live = list(Page.objects.live().filter(Q(pk__in=pks) | Q(alias_of__in=pks)).specific())
    for_press = [page for page in live if Scope.PRESS in getattr(page, "picture_scopes", ())]
    return dict.fromkeys(Scope.values, len(live)) | {Scope.PRESS.value: len(for_press)}


def scheduled(items: list[HasConsent]) -> list[HasConsent]:
    """One object for each version that is scheduled to go live and needs the consent of `items`.

    The object is the version itself, or a picture that it shows.
    """
    pages, files = _pages_and_files(items)
    using = uses([], files) if files else []
    pictures = {
        str(use.content_object.pk): picture
        for picture in items
        for use in using
        if isinstance(use.content_object, Page) and target(picture) in use.current_targets
    }
    pks = [*pictures, *(str(page.pk) for page in pages)]
    versions = Revision.page_revisions.filter(approved_go_live_at__isnull=False, object_id__in=pks)
    found = []
    for version in versions:
        item = copy(pictures.get(version.object_id) or version.as_object())
        item.shown_on = localdate(version.approved_go_live_at)
        found.append(item)
    return found


def _pages_and_files(items: list[HasConsent]) -> tuple[list[Page], list[Model]]:
    pages = cast("list[Page]", [item for item in items if isinstance(item, Page)])
    return pages, [item for item in items if not isinstance(item, Page)]


def _public_url(item: Model) -> str:
    if isinstance(item, Page) and item.live and not item.get_view_restrictions().exists():
        return item.full_url or ""
    return ""
