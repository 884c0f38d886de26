from collections.abc import Iterable

from django.core.files.base import ContentFile
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import (
    AbstractImage,
    AbstractRendition,
    WagtailImageField,
    WagtailImageFieldFile,
    get_rendition_storage,
    get_rendition_upload_to,
)

from consent.models import ConsentFields
from pictures.cleaning import without_metadata

# The one ladder of widths (pixels) and formats in which photographs are served;
# templates/components/picture.html asks for the same.
WIDTHS = (480, 800, 1200, 1600)
FORMATS = ("avif", "webp", "jpeg")
PHOTOGRAPH_SPECS = tuple(
    f"format-{format_}|width-{width}" for format_ in FORMATS for width in WIDTHS
)
DRAWING_SPECS = ("original|preserve-svg",)


class RenditionFile(WagtailImageFieldFile):
    """Whole pixels: an SVG reports a width of 800.0, and browsers refuse `800.0w` in a srcset."""

    def get_image_dimensions(self) -> tuple[int, int]:
        width, height = super().get_image_dimensions()
        return round(width), round(height)


class RenditionField(WagtailImageField):
    attr_class = RenditionFile


class Picture(ConsentFields, AbstractImage):
    """A photograph or drawing. `description` is its alt text; a caption belongs to each use."""

    credit = models.CharField(
        _("credit"),
        max_length=255,
        blank=True,
        help_text=_("Who made it, as it should be printed: “Photo: Ana Ruiz”."),
    )

    admin_form_fields = (
        "title",
        "file",
        "description",
        "credit",
        "collection",
        "tags",
        "focal_point_x",
        "focal_point_y",
        "focal_point_width",
        "focal_point_height",
        "shown",
        "basis",
        "form_number",
        "for_site",
        "for_social",
        "for_print",
        "for_press",
        "may_be_named",
        "given_on",
        "expires_on",
        "steward",
    )

    class Meta(AbstractImage.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    @property
    def default_alt_text(self) -> str:
        """The description alone: a title or file name read aloud helps nobody."""
        return self.description

    @property
    def specs(self) -> tuple[str, ...]:
        """The renditions that templates ask for."""
        return DRAWING_SPECS if self.is_svg() else PHOTOGRAPH_SPECS

    def make_renditions(self) -> None:
        """Encode the sizes that are missing, so that no reader waits for one."""
        self.get_renditions(*self.specs)

    def save(self, *args: object, **kwargs: object) -> None:
        upload = self.file  # type: ignore[has-type]
        if upload and not upload._committed:  # a new file, whoever brings it
            self.file = ContentFile(without_metadata(upload.read()), name=upload.name)
            self._set_image_file_metadata()
        super().save(*args, **kwargs)
        self.make_renditions()


class Rendition(AbstractRendition):
    """One size and format of a picture: the only thing a reader is ever sent."""

    image = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="renditions")
    file = RenditionField(
        upload_to=get_rendition_upload_to,
        storage=get_rendition_storage,
        width_field="width",
        height_field="height",
    )

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)


def with_card_pictures(pages: Iterable[models.Model]) -> None:
    """Fetch the pictures that listings show of these pages, in one query a kind of page."""
    by_type: dict[type[models.Model], list[models.Model]] = {}
    for page in pages:
        by_type.setdefault(type(page), []).append(page)
    for kind, group in by_type.items():
        names = [
            field.name
            for field in kind._meta.get_fields()
            if isinstance(field, models.ForeignKey) and field.related_model is Picture
        ]
        models.prefetch_related_objects(group, *(f"{name}__renditions" for name in names))


def with_renditions(pictures: Iterable[Picture | None]) -> None:
    """Fetch the renditions of all these pictures in one query."""
    models.prefetch_related_objects([picture for picture in pictures if picture], "renditions")
