import re

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from search.normalization import words


class SearchEntry(models.Model):
    """Search index entry of one live page. Rebuilt whenever the page is saved."""

    page = models.OneToOneField(
        Page, on_delete=models.CASCADE, primary_key=True, related_name="search_entry"
    )
    language = models.CharField(max_length=20)
    search_type = models.CharField(max_length=20)  # the name of a SearchType
    # Copied from the page, so that thousands of results are sorted without joining pages.
    published_at = models.DateTimeField(null=True)
    issues = ArrayField(models.BigIntegerField(), default=list)  # pks of issue pages
    title = models.TextField(db_default="")  # the normalized words of the title
    text = models.TextField()  # all texts of the page without its title: see search/passages.py
    normalized = models.TextField()  # the normalized words of each line of `text`
    # Of `normalized` and the title, stemmed and, with the weight C, unstemmed.
    words = SearchVectorField()
    # Title and summary only, because ranking is faster with few words.
    heading = SearchVectorField()
    # The version of the normalization with which this entry was built.
    version = models.PositiveSmallIntegerField(db_default=0)

    class Meta:
        indexes = [GinIndex(fields=["words"], name="search_words")]

    def __str__(self) -> str:
        return str(self.pk)


def languages() -> list[tuple[str, str]]:
    """A function, so that the migration does not list the languages."""
    return settings.LANGUAGES


# PostgreSQL refuses queries of more than 1 MiB. A search has up to 20 words with synonyms.
MAX_GROUP_LENGTH = 10_000  # characters


# A comma in a figure, as in “12,345”, separates nothing.
SEPARATORS = re.compile(r"[\r\n;،]|,(?![0-9])")


class WordGroup(models.Model):
    """Words that lead to the same search results, to urgent help, or to the donation link.

    Staff edit them.
    """

    words = models.TextField(
        _("words"),
        max_length=MAX_GROUP_LENGTH,
        help_text=_(
            "Words and phrases that mean the same, one per line, with common misspellings. A "
            "search for one of them also finds the others."
        ),
    )
    language = models.CharField(_("language"), max_length=20, choices=languages)
    urgent = models.BooleanField(
        _("show urgent help first"),
        default=False,
        help_text=_(
            "For words of people who may need help now, in any language of this site. These words "
            "need not mean the same: a search for one of them does not find the others. A line "
            "that begins with a minus sign does not mean urgent help, such as “-asset seizure”."
        ),
    )
    donation = models.BooleanField(
        _("show the donation link first"),
        default=False,
        db_default=False,
        help_text=_(
            "For searches of people who want to give, in any language of this site. The link is "
            "the donation URL of the site settings. These words need not mean the same."
        ),
    )

    one_way = models.BooleanField(
        _("find only the first of these"),
        default=False,
        db_default=False,
        help_text=_(
            "A search for one of the words also finds the first of them, and not the others. A "
            "search for the first finds only itself."
        ),
    )

    class Meta:
        verbose_name = _("search words")
        verbose_name_plural = _("search words")
        ordering = ["language", "-urgent", "words"]

    def __str__(self) -> str:
        return ", ".join(self.words.split("\n"))[:80]

    def clean(self) -> None:
        """Puts each phrase on a line of its own, once, and refuses lines that never match."""
        lines = [line for part in SEPARATORS.split(self.words) if (line := part.strip())]
        for line in lines:
            if not any(words(line)):
                message = _("“%(line)s” has no letters or figures, so no search finds it.")
                raise ValidationError({"words": message % {"line": line}})
        first = dict[str, str]()
        for line in lines:
            first.setdefault(line.casefold(), line)
        self.words = "\n".join(first.values())
