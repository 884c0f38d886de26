"""What public pages ask of the database: each plan of queries stands in one method."""

from typing import Self

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from wagtail.models import PageViewRestriction
from wagtail.query import PageQuerySet

from editorial.public_pages import publicly_visible
from pictures.models import Picture


class PublicQuerySet(PageQuerySet):
    def for_reading(self) -> Self:
        """A page to be shown whole: with its pictures, its language, and whether all may see it."""
        return self.select_related("locale", *self._pictures()).annotate(
            is_restricted=Exists(_restrictions())
        )

    def for_cards(self) -> Self:
        """Public pages with what a list shows of each, which no body is part of."""
        pictures = self._pictures() - {"social_picture"}
        return publicly_visible(self).select_related(*pictures).defer_streamfields()

    def _pictures(self) -> set[str]:
        fields = self.model._meta.get_fields()
        return {one.name for one in fields if one.many_to_one and one.related_model is Picture}


def _restrictions() -> QuerySet[PageViewRestriction]:
    """Those of the page itself or of one above it; an alias has those of its original."""
    here = ExpressionWrapper(OuterRef("path"), output_field=CharField())
    return PageViewRestriction.objects.annotate(here=here).filter(
        Q(here__startswith=F("page__path"))
        | Q(here__startswith=F("page__aliases__path"))
        | Q(here__startswith=F("page__aliases__aliases__path"))
    )
