"""Search pages, revisions, alt texts, documents, redirects and settings for phrases.

The phrases are names and words of a person who withdraws consent.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.db import models
from modelcluster.models import get_serializable_data_for_fields
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.contrib.redirects.models import Redirect
from wagtail.contrib.settings.models import BaseSiteSetting
from wagtail.documents.models import AbstractDocument
from wagtail.images.models import AbstractImage
from wagtail.models import (
    COMMENTS_RELATION_NAME,
    Comment,
    ModelLogEntry,
    Page,
    PageLogEntry,
    Revision,
)

from consent import erasure, gone_urls, localize, registry
from consent.models import ConsentRecord
from consent.normalization import UNSPACED, normalize

MIN_WORD_LENGTH = 2  # letters
MIN_PART_LENGTH = 4  # letters; a shorter phrase is found only as whole words
NON_PAGE_MODELS = (AbstractImage, AbstractDocument, BaseSiteSetting, Redirect)
# Attributes in rich text that readers see, or that are URLs.
ATTRIBUTE = re.compile(
    r'\b(?:alt|title|publisher|published|href|url|archived)="([^"]*)"', re.IGNORECASE
)


@dataclass
class TextMatch:
    """An object that contains a phrase: in current or scheduled text or in older revisions."""

    content_object: Any  # a page, picture, document or settings
    is_current: bool = False
    older_revisions: list[int] = field(default_factory=list)

    @property
    def edit_url(self) -> str:
        return registry.edit_url(self.content_object)


def find(phrases: Iterable[str], exclude: Collection[models.Model] = ()) -> list[TextMatch]:
    """Find objects that contain any of `phrases` in any revision, except `exclude`.

    Reads every revision of every page, to miss nothing. That is slow, but rare.
    """
    contains_phrase = _search_for(phrases)
    if contains_phrase is None:
        return []
    # Search the page itself too, because a page may have no revision. Skip aliases, because they
    # repeat their source.
    pages = Page.objects.filter(alias_of=None).specific()  # type: ignore[misc]
    matches_by_pk = {
        page.pk: TextMatch(page, is_current=contains_phrase(serialized(page)))
        for page in pages
        if page not in exclude
    }
    for revision in Revision.page_revisions.iterator():
        match = matches_by_pk.get(int(revision.object_id))
        if match is None or not contains_phrase(revision.content):
            continue
        latest, live = (
            match.content_object.latest_revision_id,
            match.content_object.live_revision_id,
        )
        if revision.pk in (latest, live) or revision.approved_go_live_at:
            match.is_current = True
        else:
            match.older_revisions.append(revision.pk)
    others = [
        TextMatch(item, is_current=True)
        for model in apps.get_models()
        if issubclass(model, NON_PAGE_MODELS)
        for item in model._default_manager.all()
        if item not in exclude and contains_phrase(get_serializable_data_for_fields(item))
    ]
    return [
        *(match for match in matches_by_pk.values() if match.is_current or match.older_revisions),
        *others,
    ]


def delete_older_revisions(matches: Iterable[TextMatch]) -> None:
    """Delete older revisions that contain the phrases, but no current or scheduled revisions."""
    matches = list(matches)
    keys = [pk for match in matches for pk in match.older_revisions]
    _delete(Revision.objects.filter(pk__in=keys))
    localize.erase_old_segments(
        match.content_object for match in matches if isinstance(match.content_object, Page)
    )


def erase_from_history(
    phrases: Iterable[str],
    user: AbstractUser | AnonymousUser | None = None,
    url: re.Pattern | None = None,
) -> None:
    """Clear log entries and delete resolved comments that contain a phrase or a URL.

    Skips objects whose history `user` may not rewrite, and consent records, whose history quotes
    nobody.
    """
    contains_phrase = _search_for(phrases, url)
    if contains_phrase is None:
        return
    for comment in Comment.objects.exclude(resolved_at=None).select_related("page"):
        replies = [reply.text for reply in comment.replies.all()]
        if contains_phrase([comment.text, *replies]) and may_rewrite(user, comment.page):
            comment.delete()
    records = ContentType.objects.get_for_model(ConsentRecord)
    logs = (PageLogEntry.objects.all(), ModelLogEntry.objects.exclude(content_type=records))
    for log in logs:
        found = [
            entry.pk
            for entry in log.iterator()
            if contains_phrase([entry.label, entry.data])
            and may_rewrite(user, _logged_object(entry))
        ]
        log.filter(pk__in=found).update(label=erasure.ERASED, data={})


def may_rewrite(user: AbstractUser | AnonymousUser | None, item: models.Model | None) -> bool:
    """Whether `user` may delete an object's older versions and history that contain a phrase.

    Always true if `user` is None, as for commands on the server. `item` is None if the object no
    longer exists.
    """
    if user is None or user.is_superuser:
        return True
    if isinstance(item, Page):
        permissions = item.permissions_for_user(user)
        # Not `can_publish`: stewards may not publish a story without its workflow.
        return permissions.can_edit() and permissions.can_unschedule()
    return item is not None and bool(AdminURLFinder(user).get_edit_url(item))


def _logged_object(entry: PageLogEntry | ModelLogEntry) -> models.Model | None:
    if isinstance(entry, PageLogEntry):
        return Page.objects.filter(pk=entry.page_id).first()
    model = entry.content_type.model_class() if entry.content_type else None
    return model._base_manager.filter(pk=entry.object_id).first() if model else None


def _search_for(
    phrases: Iterable[str], url: re.Pattern | None = None
) -> Callable[[object], bool] | None:
    """Return a function that says whether serialized content has one of the phrases or the URL.

    None if there is no URL and all phrases are too short.
    """
    patterns = list(filter(None, map(_pattern, phrases)))
    if not patterns and url is None:
        return None
    any_phrase = re.compile("|".join(patterns)) if patterns else None

    def contains_phrase(content: object) -> bool:
        text = " ".join(strings(content))
        if url and url.search(gone_urls.decode(text)):
            return True
        attributes = map(gone_urls.decode, ATTRIBUTE.findall(text))
        words = normalize(" ".join([text, *attributes])) if any_phrase else ""
        return bool(any_phrase and any_phrase.search(words))

    return contains_phrase


def _pattern(phrase: str) -> str:
    """A regular expression for a phrase in normalized text; empty if it is too short."""
    words = normalize(phrase)
    if len(words) >= MIN_PART_LENGTH or UNSPACED.search(words):
        return re.escape(words)
    # `normalize` removes the apostrophe of `Ana's`, `Ana'd` and `Ana'll`.
    return rf"\b{words}(?:s|d|ll)?\b" if len(words) >= MIN_WORD_LENGTH else ""


def too_short(phrases: Iterable[str]) -> list[str]:
    """The phrases that are too short to be searched for."""
    return [phrase for phrase in phrases if not _pattern(phrase)]


def delete_history(pages: Iterable[Page]) -> None:
    """Delete all revisions of these pages except the latest, live and scheduled ones."""
    for page in pages:
        kept = {page.latest_revision_id, page.live_revision_id}
        older = Revision.page_revisions.filter(object_id=str(page.pk), approved_go_live_at=None)
        _delete(older.exclude(pk__in=kept))


def _delete(revisions: models.QuerySet[Revision]) -> None:
    """Delete revisions, but not the comments that were written in them."""
    Comment.objects.filter(revision_created__in=revisions).update(revision_created=None)
    revisions.delete()


def serialized(page: Page) -> dict[str, Any]:
    """The values of a page, and the translations of its fields, even if they are unpublished.

    Resolved comments are left out, because nobody can edit them.
    """
    data = page.serializable_data()
    for path, text in localize.translated_texts(page):
        name = path.partition(".")[0]
        data[name] = [data.get(name), text]
    comments = data[COMMENTS_RELATION_NAME]
    open_comments = [comment for comment in comments if not comment["resolved_at"]]
    return data | {COMMENTS_RELATION_NAME: open_comments}


def strings(value: object) -> Iterator[str]:
    """Yield every string in serialized content, also in StreamFields, which are JSON strings."""
    if isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        if value[:1] in {"[", "{"}:
            try:
                yield from strings(json.loads(value))
            except ValueError:
                yield value
        else:
            yield value
