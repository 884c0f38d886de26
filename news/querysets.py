from typing import Self

from editorial.querysets import PublicQuerySet


class NewsQuerySet(PublicQuerySet):
    def for_listing(self) -> Self:
        """Public news, newest first."""
        return self.for_cards().order_by("-first_published_at", "-pk")

    def about(self, issue: object) -> Self:
        """News related to an issue in any language; `issue` is its translation key."""
        return self.filter(issues__translation_key=issue).distinct()
