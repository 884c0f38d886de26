from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from wagtail.models import Page


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
    text = models.TextField()  # all texts of the page without its title
    normalized = models.TextField()  # `text` and then the title, both without case and accents
    words = SearchVectorField()  # of `normalized`, stemmed and unstemmed
    # Title and summary only, because ranking is faster with few words.
    heading = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["words"], name="search_words")]

    def __str__(self) -> str:
        return str(self.pk)
