"""Querysets of public pages: one method per set of queries."""

from typing import Self

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from wagtail.models import PageViewRestriction
from wagtail.query import PageQuerySet

from consent.models import ConsentRecord
from editorial.public_pages import publicly_visible
from pictures.models import Picture


class PublicQuerySet(PageQuerySet):
    def for_reading(self) -> Self:
        """For a full page: with pictures, locale, and `is_restricted` for view restrictions."""
        return self.select_related("locale", *self._related()).annotate(
            is_restricted=Exists(_restrictions())
        )

    def for_cards(self) -> Self:
        """Public pages with the fields that cards show, without StreamFields."""
        related = self._related() - {"social_picture__consent"}
        return publicly_visible(self).select_related(*related).defer_streamfields()

    def for_listing(self) -> Self:
        """Public pages, newest first, with the fields that cards show."""
        return self.for_cards().order_by("-first_published_at", "-pk")

    def _related(self) -> set[str]:
        """The pictures and the consent records that decide what is shown."""
        fields = [one for one in self.model._meta.get_fields() if one.many_to_one]
        pictures = {f"{one.name}__consent" for one in fields if one.related_model is Picture}
        return pictures | {one.name for one in fields if one.related_model is ConsentRecord}


def _restrictions() -> QuerySet[PageViewRestriction]:
    """View restrictions of the page and its ancestors; an alias has those of its original."""
    path_of_page = ExpressionWrapper(OuterRef("path"), output_field=CharField())
    return PageViewRestriction.objects.annotate(path_of_page=path_of_page).filter(
        Q(path_of_page__startswith=F("page__path"))
        | Q(path_of_page__startswith=F("page__aliases__path"))
        | Q(path_of_page__startswith=F("page__aliases__aliases__path"))
    )
