"""The queryset of our page types. Its methods load what a page, a card or a list needs."""

from typing import Self

from django.db.models import Exists
from wagtail.query import PageQuerySet

from consent.models import ConsentRecord
from editorial.public_pages import publicly_visible, view_restrictions
from pictures.models import Picture


class PublicQuerySet(PageQuerySet):
    def for_reading(self) -> Self:
        """Pages, public or not, with their pictures, their locale and `is_restricted`."""
        return self.select_related("locale", *self._related()).annotate(
            is_restricted=Exists(view_restrictions())
        )

    def for_cards(self) -> Self:
        """Public pages with the fields that cards show, without StreamFields."""
        related = self._related() - {"social_picture__consent"}
        return publicly_visible(self).select_related(*related).defer_streamfields()

    def for_listing(self) -> Self:
        """Public pages, newest first, with the fields that cards show."""
        return self.for_cards().order_by("-first_published_at", "-pk")

    def _related(self) -> set[str]:
        """Names of the relations to pictures and consent records, which decide what is shown."""
        fields = [one for one in self.model._meta.get_fields() if one.many_to_one]
        pictures = {f"{one.name}__consent" for one in fields if one.related_model is Picture}
        return pictures | {one.name for one in fields if one.related_model is ConsentRecord}
