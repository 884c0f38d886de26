from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.db.models.signals import post_delete
from django.dispatch import receiver
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
from pictures.rendition_pipeline import Reading
from pictures.tasks import ask_for_sizes

# The one ladder of widths (pixels) and formats in which photographs are served. A telephone of 360
# pixels has two or three of its own for each: 768 is what it needs, and 480 while it saves data.
WIDTHS = (480, 768, 1200, 1600)
BETTER_FORMATS = {"avif": "image/avif", "webp": "image/webp"}
FORMATS = (*BETTER_FORMATS, "jpeg")
SMALL = f"format-jpeg|width-{WIDTHS[0]}"  # what pages show until the others are made
SHARED = "format-jpeg|fill-1200x630"  # as social sites show a page
DRAWING = "original"


class Size(NamedTuple):
    """One file of a picture that readers can be sent now."""

    spec: str
    name: str
    width: int
    height: int

    @property
    def url(self) -> str:
        return get_rendition_storage().url(self.name)


class Picture(ConsentFields, AbstractImage):
    """A photograph or drawing. `description` is its alt text; a caption belongs to each use."""

    file = OriginalField(
        _("file"), upload_to=get_upload_to, width_field="width", height_field="height"
    )
    is_decoration = models.BooleanField(
        _("decoration"),
        default=False,
        help_text=_("The picture adds no information. Screen readers do not describe it."),
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
        help_text=_("Who made it, as it should appear, for example “Photo: Ana Ruiz”."),
    )

    # The Sizes that are made, beside their renditions, so that no page asks the database for them.
    sizes = models.JSONField(default=list, editable=False)

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
    def visible(self) -> bool:
        return super().visible and bool(self.sizes)

    @property
    def may_be_shared(self) -> bool:
        """Whether a link to a page may come with it; social sites show no drawings."""
        return not self.is_svg() and self.visible and self.is_displayable("social")

    @property
    def alt(self) -> str:
        """The words for this use of it, or else its own."""
        if self.decorative:
            return ""
        return self.contextual_alt_text or self.default_alt_text

    @property
    def specs(self) -> tuple[str, ...]:
        """The sizes it should have: none but one is as wide as the picture itself."""
        if self.is_svg():
            return (DRAWING,)
        narrower = sum(width < self.width for width in WIDTHS)
        widths = WIDTHS[: narrower + 1]
        ladder = (f"format-{format_}|width-{width}" for format_ in FORMATS for width in widths)
        return (*ladder, SHARED)

    @property
    def missing(self) -> list[str]:
        """The specs of sizes that no reader can be sent yet."""
        made = {size[0] for size in self.sizes}
        return [spec for spec in self.specs if spec not in made]

    @property
    def smallest(self) -> Size | None:
        """What a browser shows that knows no other."""
        return self._size(DRAWING if self.is_svg() else SMALL)

    @property
    def shared(self) -> Size | None:
        return self._size(SHARED)

    @property
    def source_sets(self) -> list[tuple[str, str]]:
        """For each format that a browser may not know, best first: its type, and its files."""
        ladders = ((kind, self._ladder(format_)) for format_, kind in BETTER_FORMATS.items())
        return [(kind, files) for kind, files in ladders if files]

    @property
    def source_set(self) -> str:
        """The files of the format that all browsers know."""
        return self._ladder("jpeg")

    def _ladder(self, format_: str) -> str:
        sizes = (Size(*size) for size in self.sizes)
        ladder = (size for size in sizes if size.spec.startswith(f"format-{format_}|width-"))
        return ", ".join(f"{size.url} {size.width}w" for size in ladder)

    def _size(self, spec: str) -> Size | None:
        return next((Size(*size) for size in self.sizes if size[0] == spec), None)

    def make_sizes(self, *specs: str) -> None:
        """Encode the sizes that are missing, one process at a time: others find them made."""
        with transaction.atomic():
            locked = Picture.objects.select_for_update(no_key=True).get(pk=self.pk)
            made = {size[0]: size for size in locked.sizes}
            wanted = specs or locked.specs
            filters = wanted if locked.is_svg() else Reading(locked, wanted).filters
            for spec, one in locked.get_renditions(*filters).items():
                made[spec] = Size(spec, str(one.file), one.width, one.height)
            self.sizes = [made[spec] for spec in locked.specs if spec in made]
            Picture.objects.filter(pk=self.pk).update(sizes=self.sizes)

    def make_first_size(self) -> None:
        """Encode what a page can show at once, and have the worker make the others."""
        if not settings.PICTURE_SIZES_BY_WORKER:
            self.make_sizes()
            return
        self.make_sizes(DRAWING if self.is_svg() else SMALL)
        transaction.on_commit(partial(ask_for_sizes, self.pk))

    def get_upload_to(self, filename: str) -> str:
        return original_name(filename)

    def may_be_withdrawn_by(self, user: AbstractUser | AnonymousUser) -> bool:
        from wagtail.images import permissions  # asks for this very model when it is imported

        policy = permissions.permission_policy
        return policy.user_has_permission_for_instance(  # type: ignore[attr-defined]
            user, "delete", self
        )

    def identifying_phrases(self) -> list[str]:
        return [self.description, *self.other_descriptions.values()]

    @classmethod
    def published(cls) -> models.QuerySet:
        """A picture nobody was asked about yet is in no page, and editors must see it."""
        over = models.Q(expires_on__lte=localdate()) | models.Q(for_site=False)
        return cls.objects.filter(over, Exists(Rendition.objects.filter(image=OuterRef("pk"))))

    def unpublish_expired(self) -> None:
        """Pages leave it out by themselves; this closes the addresses of its files."""
        self.renditions.all().delete()

    def save(self, *args: Any, with_sizes: bool = True, **kwargs: Any) -> None:
        # First, since the width, height, size and hash to be saved are those of the clean file.
        if self.file and not self.file._committed:  # type: ignore[attr-defined]
            self.file.save(str(self.file), self.file.file, save=False)
        super().save(*args, **kwargs)
        if with_sizes:
            self.make_first_size()


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


@receiver(post_delete, sender=Rendition)
def forget_size(instance: Rendition, **kwargs: object) -> None:
    """Whatever deletes a file: no page may name it any longer."""
    for picture in Picture.objects.filter(pk=instance.image_id).only("sizes"):
        kept = [size for size in picture.sizes if size[1] != instance.file.name]
        if kept != picture.sizes:
            Picture.objects.filter(pk=picture.pk).update(sizes=kept)
