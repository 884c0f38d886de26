from collections import defaultdict

from django.db.models import Q
from wagtail.contrib.sitemaps import Sitemap
from wagtail.models import Locale, Page
from wagtail.query import PageQuerySet

from editorial.public_pages import publicly_visible


class PublicPages(Sitemap):
    """All public pages in all languages, each with its translations as alternates."""

    def items(self) -> PageQuerySet:
        below = Q()
        for home in self.get_wagtail_site().root_page.get_translations(inclusive=True):
            below |= Q(path__startswith=home.path)
        # Aliases repeat the text of other pages.
        pages = Page.objects.filter(below, alias_of=None)  # type: ignore[misc]
        pages = publicly_visible(pages).order_by("path")
        return pages.defer_streamfields().specific()

    def _urls(self, page: int, protocol: str, domain: str) -> list[dict]:
        urls = super()._urls(page, protocol, domain)
        languages = dict(Locale.objects.values_list("pk", "language_code"))
        translations = defaultdict(list)
        for url in urls:
            language = languages[url["item"].locale_id]
            alternate = {"location": url["location"], "lang_code": language}
            translations[url["item"].translation_key].append(alternate)
        for url in urls:
            alternates = translations[url["item"].translation_key]
            url["alternates"] = alternates if len(alternates) > 1 else []
        return urls
