"""The index of links on live pages and in settings.

It is updated when a page is published, unpublished or deleted, and when settings are saved.
"""

import json
import re
from collections.abc import Iterable, Iterator

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from modelcluster.models import get_serializable_data_for_fields
from wagtail.contrib.settings.models import BaseSiteSetting
from wagtail.models import Page
from wagtail.signals import page_published, page_unpublished

from cms.models import Link, LinkUse
from consent.character_references import unescape

URL = re.compile(r'https?://[^\s"<>]+|(?<=href=")/[^"]*')
TRAILING_PUNCTUATION = ".,;:!?)]}'’”"  # after a URL, these usually belong to the sentence
PAGE_LINK = re.compile(r'<a [^>]*linktype="page"[^>]*>')
PAGE_ID = re.compile(r'\bid="([0-9]+)"')


def find_urls(content_object: models.Model) -> set[str]:
    """The URLs in all fields, blocks and child objects of `content_object`."""
    if isinstance(content_object, Page):
        values = content_object.serializable_data()
        values.pop("wagtail_admin_comments", None)  # a field for staff, which is not published
    else:
        values = get_serializable_data_for_fields(content_object)
    found = (url for text in _texts(values) for url in _urls_in(text))
    return {url for url in found if len(url) <= Link.MAX_LENGTH}


def index_links(content_object: models.Model) -> None:
    """Replace the index entries of `content_object` with its current links."""
    with transaction.atomic():
        _uses(content_object).delete()
        _index(content_object)
        _delete_orphan_links()


def reindex_links() -> None:
    """Rebuild the index from live pages and settings.

    Skips aliases, because they have the same links as their source pages.
    """
    with transaction.atomic():
        LinkUse.objects.all().delete()
        for page in Page.objects.live().filter(alias_of=None).specific().iterator():
            _index(page)
        for model in apps.get_models():
            if issubclass(model, BaseSiteSetting):
                for content_object in model._default_manager.all():
                    _index(content_object)
        _delete_orphan_links()


@receiver(page_published)
def index_published_page(instance: Page, **kwargs: object) -> None:
    if instance.alias_of_id is None:  # type: ignore[attr-defined]
        index_links(instance)


@receiver(post_save)
def index_settings(instance: models.Model, raw: bool = False, **kwargs: object) -> None:
    if isinstance(instance, BaseSiteSetting) and not raw:
        index_links(instance)


@receiver(page_unpublished)
@receiver(post_delete)
def remove_links(instance: models.Model, **kwargs: object) -> None:
    """Remove the links of an unpublished or deleted page, because a URL can identify a person."""
    if isinstance(instance, Page) and _uses(instance).delete()[0]:
        _delete_orphan_links()


def _index(content_object: models.Model) -> None:
    for url in find_urls(content_object):
        link, _is_new = Link.objects.get_or_create(url=url)
        LinkUse.objects.create(link=link, content_object=content_object)


def _uses(content_object: models.Model) -> models.QuerySet:
    return LinkUse.objects.filter(
        content_type=ContentType.objects.get_for_model(content_object), object_id=content_object.pk
    )


def _delete_orphan_links() -> None:
    Link.objects.filter(uses=None).delete()


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        try:  # StreamField values are serialized as JSON
            parts = json.loads(value) if value.startswith("[") else None
        except ValueError:
            parts = None
        yield from [value] if parts is None else _texts(parts)
    elif isinstance(value, dict):
        yield from _texts(value.values())
    elif isinstance(value, Iterable):
        for part in value:
            yield from _texts(part)


def _urls_in(text: str) -> Iterator[str]:
    for url in URL.findall(text):
        yield unescape(url).rstrip(TRAILING_PUNCTUATION)
    for link in PAGE_LINK.findall(text):
        if found := PAGE_ID.search(link):
            yield f"{Link.PAGE_PREFIX}{found[1]}"
