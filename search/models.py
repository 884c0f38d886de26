from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page


class SearchType(models.TextChoices):
    ISSUE = "issue", _("Issues")
    STORY = "story", _("Stories")
    NEWS = "news", _("News")
    ACTION = "action", _("Actions")
    PAGE = "page", _("Pages")


class SearchEntry(models.Model):
    """One public page as search knows it; made anew whenever the page is saved."""

    page = models.OneToOneField(
        Page, on_delete=models.CASCADE, primary_key=True, related_name="search_entry"
    )
    language = models.CharField(max_length=20)
    kind = models.CharField(max_length=10, choices=SearchType)
    # Of the page, so that what is found by the thousand is put in order without asking for pages.
    published_at = models.DateTimeField(null=True)
    issues = ArrayField(models.BigIntegerField(), default=list)  # pages it is about
    text = models.TextField()  # all it says but its title
    normalized = models.TextField()  # the same, normalized, and the title behind it
    words = SearchVectorField()
    heading = SearchVectorField()  # of title and summary: small, so ranking reads little

    class Meta:
        indexes = [GinIndex(fields=["words"], name="search_words")]

    def __str__(self) -> str:
        return str(self.pk)
