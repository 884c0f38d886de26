"""Search index: the text of each live page, stemmed for its language."""

import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from django.apps import AppConfig
from django.conf import settings
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Value
from django.db.models.signals import post_migrate, post_save
from django.dispatch import receiver
from wagtail.models import Page
from wagtail.search.index import SearchField

from editorial.models import BasePage
from issues.models import IssuePage
from search.models import SearchEntry

# PostgreSQL's configuration without stemming, for prefixes and for languages without their own.
UNSTEMMED = "simple"
# PostgreSQL refuses an index entry of more than 1 MiB. Each word is indexed stemmed and unstemmed.
MAX_INDEXED = 400_000  # bytes of different words; a book has about 100,000


def normalize(text: str) -> str:
    """`text` in lower case without accents and punctuation, so “que” finds “¿Qué?”.

    The result is as long as `text`, so a match has the same position in both.
    """
    return "".join(map(_normalize_character, text))


@lru_cache(maxsize=5_000)  # all characters of Unicode would take 125 MB
def _normalize_character(character: str) -> str:
    letter = unicodedata.normalize("NFD", character)[0].lower()
    return letter if len(letter) == 1 and letter.isalnum() else " "


def build_entry(page: BasePage) -> SearchEntry:
    """The unsaved index entry of `page`."""
    language = page.locale.language_code
    issues = [page] if isinstance(page, IssuePage) else _issues_of(page)
    text = unicodedata.normalize("NFC", " ".join(" ".join(_texts(page)).split()))
    title, summary = (
        normalize(unicodedata.normalize("NFC", one)) for one in (page.title, page.summary)
    )
    normalized = f"{normalize(text)} {title}"
    indexed = f"{title} {_beginning(normalized)}" if len(normalized) > MAX_INDEXED else normalized
    config = settings.TEXT_SEARCH_CONFIGS.get(language, UNSTEMMED)
    return SearchEntry(
        page_id=page.pk,
        language=language,
        search_type=page.search_type.name,
        published_at=page.first_published_at,
        issues=[issue.pk for issue in issues],
        text=text,
        normalized=normalized,
        words=_vector(indexed, config) + _vector(indexed, UNSTEMMED),
        heading=_vector(title, config, "A") + _vector(summary, config, "B"),
    )


def _beginning(text: str) -> str:
    """`text` up to the word at which its different words become too many for PostgreSQL."""
    size, seen, words = 0, set(), text.split(" ")
    for number, word in enumerate(words):
        if word not in seen:
            seen.add(word)
            size += len(word.encode()) + len("  ,,")  # with its position
            if size > MAX_INDEXED:
                return " ".join(words[:number])
    return text


def _vector(words: str, config: str, weight: str | None = None) -> SearchVector:
    value = Value(words, output_field=models.TextField())
    return SearchVector(value, config=config, weight=weight)


def _issues_of(page: BasePage) -> Iterable[Page]:
    return page.issues.all() if hasattr(page, "issues") else ()


def _texts(page: BasePage) -> Iterator[str]:
    """Values of all search fields except the title, starting with the summary."""
    yield page.summary
    for field in page.get_search_fields():
        if isinstance(field, SearchField) and field.field_name not in ("title", "summary"):
            value = field.get_value(page)
            yield from value if isinstance(value, list) else [str(value or "")]


@receiver(post_save)
def update_search_entry(
    instance: models.Model, update_fields: Collection[str] | None = None, **kwargs: object
) -> None:
    """Updates or deletes the entry of a saved page; every way to publish ends in a save.

    Aliases are not indexed, because the pages that they copy are.
    """
    if not isinstance(instance, BasePage):
        return
    if update_fields is not None:  # other fields of the instance may hold a draft
        instance = type(instance).objects.get(pk=instance.pk)
    if instance.live and not instance.alias_of_id:
        build_entry(instance).save()
    else:
        SearchEntry.objects.filter(pk=instance.pk).delete()


@receiver(post_migrate)
def fill_empty_index(sender: AppConfig, **kwargs: object) -> None:
    """Indexes all live pages if the index is empty, for sites older than the index."""
    if sender.name == "search" and not SearchEntry.objects.exists():
        for page in Page.objects.live().filter(depth__gt=1, alias_of=None).specific().iterator():
            if isinstance(page, BasePage):
                build_entry(page).save()
