"""Search index: the text of each live page, stemmed for its language."""

from collections.abc import Collection, Iterable

from django.apps import AppConfig
from django.conf import settings
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Q, Value
from django.db.models.signals import post_migrate, post_save
from django.dispatch import receiver
from django.utils import translation
from wagtail.models import Page

from editorial.models import BasePage
from issues.models import IssuePage
from search.models import SearchEntry
from search.normalization import VERSION, normalize
from search.passages import dump, page_lines

# PostgreSQL's configuration without stemming, for prefixes and for languages without their own.
UNSTEMMED = "simple"
# The weight of unstemmed words in the index. Suggestions consist of these words.
UNSTEMMED_WEIGHT = "C"
# PostgreSQL refuses an index entry of more than 1 MiB. Each word is indexed stemmed and unstemmed.
MAX_INDEXED = 400_000  # bytes of different words; a book has about 100,000


def build_entry(page: BasePage) -> SearchEntry:
    """The unsaved index entry of `page`."""
    language = page.locale.language_code
    issues = [page] if isinstance(page, IssuePage) else _issues_of(page)
    # Labels of choices are indexed in the language of the page, whoever saves it.
    with translation.override(language):
        lines = page_lines(page)
    normalized = "\n".join(normalize(line.text) for line in lines)
    title, summary = normalize(page.title), normalize(page.summary)
    config = settings.TEXT_SEARCH_CONFIGS.get(language, UNSTEMMED)
    words = " ".join([title, *normalized.split("\n")])
    words = _beginning(words) if len(words) > MAX_INDEXED else words
    return SearchEntry(
        page_id=page.pk,
        language=language,
        search_type=page.search_type.name,
        published_at=page.first_published_at,
        issues=[issue.pk for issue in issues],
        title=title,
        text=dump(lines),
        normalized=normalized,
        words=_vector(words, config) + _vector(words, UNSTEMMED, UNSTEMMED_WEIGHT),
        heading=_vector(title, config, "A") + _vector(summary, config, "B"),
        version=VERSION,
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
def update_index(sender: AppConfig, **kwargs: object) -> None:
    """Indexes all live pages without an entry, or with one that another version built."""
    if sender.name == "search":
        is_current = Q(search_entry__version=VERSION)
        pages = Page.objects.live().filter(depth__gt=1, alias_of=None).exclude(is_current)
        for page in pages.specific().iterator():
            if isinstance(page, BasePage):
                build_entry(page).save()
