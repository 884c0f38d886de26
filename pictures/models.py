from collections.abc import Iterable

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import (
    AbstractImage,
    AbstractRendition,
    get_rendition_storage,
    get_rendition_upload_to,
    get_upload_to,
)

from consent.models import ConsentFields
from pictures.fields import OriginalField, RenditionField, original_name, rendition_name
from staff.models import User

# The one ladder of widths (pixels) and formats in which photographs are served;
# templates/components/picture.html asks for the same.
WIDTHS = (480, 800, 1200, 1600)
FORMATS = ("avif", "webp", "jpeg")
PHOTOGRAPH_SPECS = (
    *(f"format-{format_}|width-{width}" for format_ in FORMATS for width in WIDTHS),
    "format-jpeg|fill-1200x630",  # as social sites show a page; templates/components/meta.html
)
DRAWING_SPECS = ("original|preserve-svg",)


class Picture(ConsentFields, AbstractImage):
    """A photograph or drawing. `description` is its alt text; a caption belongs to each use."""

    file = OriginalField(
        _("file"), upload_to=get_upload_to, width_field="width", height_field="height"
    )
    is_decoration = models.BooleanField(
        _("decoration"),
        default=False,
        help_text=_("Somebody who cannot see it misses nothing: it is not described to them."),
    )
    other_descriptions = models.JSONField(
        _("alt text in other languages"),
        default=dict,
        blank=True,
        help_text="By the code of the language.",
    )
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
        "is_decoration",
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
        "child_approved",
    )

    class Meta(AbstractImage.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    @property
    def default_alt_text(self) -> str:
        """The description alone: a title or file name read aloud helps nobody."""
        if self.is_decoration:
            return ""
        return self.other_descriptions.get(get_language()) or self.description

    @property
    def specs(self) -> tuple[str, ...]:
        """The renditions that templates ask for."""
        return DRAWING_SPECS if self.is_svg() else PHOTOGRAPH_SPECS

    def make_renditions(self) -> None:
        """Encode the sizes that are missing, so that no reader waits for one."""
        self.get_renditions(*self.specs)

    def get_upload_to(self, filename: str) -> str:
        return original_name(filename)

    def may_be_withdrawn_by(self, user: User) -> bool:
        from wagtail.images import permissions  # asks for this very model when it is imported

        policy = permissions.permission_policy
        return policy.user_has_permission_for_instance(user, "delete", self)

    def own_words(self) -> list[str]:
        return [self.description, *self.other_descriptions.values()]

    @classmethod
    def still_out(cls) -> models.QuerySet:
        """A picture nobody was asked about yet is in no page, and editors must see it."""
        over = models.Q(expires_on__lte=localdate()) | models.Q(for_site=False)
        return cls.objects.filter(over, Exists(Rendition.objects.filter(image=OuterRef("pk"))))

    def take_down(self) -> None:
        """Pages leave it out by themselves; this closes the addresses of its files."""
        self.renditions.all().delete()

    def save(self, *args: object, with_sizes: bool = True, **kwargs: object) -> None:
        # First, since the width, height, size and hash to be saved are those of the clean file.
        if self.file and not self.file._committed:
            self.file.save(self.file.name, self.file.file, save=False)
        super().save(*args, **kwargs)
        if with_sizes:
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

    def get_upload_to(self, filename: str) -> str:
        original = str(self.image.file.name)
        return rendition_name(original, self.filter_spec, self.focal_point_key, filename)

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
