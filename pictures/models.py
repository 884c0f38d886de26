from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.lookups import LessThanOrEqual
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import (
    AbstractImage,
    AbstractRendition,
    Image,
    ImageQuerySet,
    get_rendition_storage,
    get_rendition_upload_to,
    get_upload_to,
)
from wagtail.permission_policies.collections import CollectionOwnershipPermissionPolicy

from consent.mixins import HasConsent
from consent.models import Scope
from pictures.difference_hash import MAX_DISTANCE, HashDistance
from pictures.fields import OriginalField, RenditionField, original_name, rendition_name
from pictures.rendition_pipeline import DecodedPicture
from pictures.tasks import enqueue_sizes

# Widths in pixels in which photographs are served. A phone 360 CSS pixels wide has two or three
# device pixels for each: it needs 768, or 480 when it saves data.
WIDTHS = (480, 768, 1200, 1600)
BETTER_FORMATS = {"avif": "image/avif", "webp": "image/webp"}
FORMATS = (*BETTER_FORMATS, "jpeg")
SMALL = f"format-jpeg|width-{WIDTHS[0]}"  # shown until the others are encoded
SHARED = "format-jpeg|fill-1200x630"  # the size at which social media show shared links
DRAWING = "original"
# The renditions that pages show. All others are made for the CMS.
PUBLIC_SPECS = (
    *(f"format-{format_}|width-{width}" for format_ in FORMATS for width in WIDTHS),
    SHARED,
    DRAWING,
)


class Size(NamedTuple):
    """One existing rendition file of a picture."""

    spec: str
    name: str
    width: int
    height: int

    @property
    def url(self) -> str:
        return get_rendition_storage().url(self.name)


class PictureManager(models.Manager.from_queryset(ImageQuerySet)):  # type: ignore[misc]
    """Loads the consent record with each picture: nothing shows one without reading it."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("consent")


class Picture(HasConsent, AbstractImage):
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

    # The existing Sizes, denormalized from renditions to save a query on each page.
    sizes = models.JSONField(default=list, editable=False)
    # Of photographs; see near_copies.
    difference_hash = models.BigIntegerField(null=True, editable=False)

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
    )

    objects = PictureManager()  # type: ignore[misc]

    class Meta(AbstractImage.Meta):
        base_manager_name = "objects"
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    @property
    def default_alt_text(self) -> str:
        """The description only: a title or file name is useless as alt text."""
        if self.is_decoration:
            return ""
        return self.other_descriptions.get(get_language()) or self.description

    @property
    def visible(self) -> bool:
        return super().visible and bool(self.sizes)

    @property
    def may_be_shared(self) -> bool:
        """Whether it may be a page's social sharing image; social sites do not show SVG."""
        return not self.is_svg() and self.visible and self.is_displayable(Scope.SOCIAL)

    @property
    def alt(self) -> str:
        """The alt text for this use, or the picture's own."""
        if self.decorative:
            return ""
        return self.contextual_alt_text or self.default_alt_text

    @property
    def specs(self) -> tuple[str, ...]:
        """The rendition specs it should have; at most one is as wide as the picture or wider."""
        if self.is_svg():
            return (DRAWING,)
        narrower = sum(width < self.width for width in WIDTHS)
        widths = WIDTHS[: narrower + 1]
        sizes = (f"format-{format_}|width-{width}" for format_ in FORMATS for width in widths)
        return (*sizes, SHARED)

    @property
    def missing(self) -> list[str]:
        """The specs of renditions that do not exist yet."""
        made = {size[0] for size in self.sizes}
        return [spec for spec in self.specs if spec not in made]

    @property
    def smallest(self) -> Size | None:
        """The fallback for `img src`."""
        return self._size(DRAWING if self.is_svg() else SMALL)

    @property
    def shared(self) -> Size | None:
        return self._size(SHARED)

    @property
    def source_sets(self) -> list[tuple[str, str]]:
        """MIME type and srcset of each format not supported by all browsers, best first."""
        source_sets = (
            (mime_type, self._source_set(format_)) for format_, mime_type in BETTER_FORMATS.items()
        )
        return [(mime_type, files) for mime_type, files in source_sets if files]

    @property
    def source_set(self) -> str:
        """The srcset in JPEG, which all browsers support."""
        return self._source_set("jpeg")

    def _source_set(self, format_: str) -> str:
        all_sizes = (Size(*size) for size in self.sizes)
        sizes = (size for size in all_sizes if size.spec.startswith(f"format-{format_}|width-"))
        return ", ".join(f"{size.url} {size.width}w" for size in sizes)

    def _size(self, spec: str) -> Size | None:
        return next((Size(*size) for size in self.sizes if size[0] == spec), None)

    def make_sizes(self, *specs: str) -> None:
        """Encode missing renditions; a row lock keeps other processes from repeating the work."""
        with transaction.atomic():
            locked = Picture.objects.select_for_update(no_key=True, of=["self"]).get(pk=self.pk)
            made = {size[0]: size for size in locked.sizes}
            wanted = specs or locked.specs
            filters = wanted if locked.is_svg() else DecodedPicture(locked, wanted).filters
            for spec, one in locked.get_renditions(*filters).items():
                made[spec] = Size(spec, str(one.file), one.width, one.height)
            self.sizes = [made[spec] for spec in locked.specs if spec in made]
            Picture.objects.filter(pk=self.pk).update(sizes=self.sizes)

    def make_first_size(self) -> None:
        """Encode the smallest rendition now, and let the worker encode the others."""
        if not settings.PICTURE_SIZES_BY_WORKER:
            self.make_sizes()
            return
        self.make_sizes(DRAWING if self.is_svg() else SMALL)
        transaction.on_commit(partial(enqueue_sizes, self.pk))

    def get_upload_to(self, filename: str) -> str:
        return original_name(filename)

    def near_copies(self) -> models.QuerySet["Picture"]:
        """Other pictures with the same file, or with a scaled or recompressed copy of it."""
        same = Q(file_hash=self.file_hash)
        if self.difference_hash is not None:
            same |= Q(
                LessThanOrEqual(HashDistance("difference_hash", self.difference_hash), MAX_DISTANCE)
            )
        return Picture.objects.filter(same).exclude(pk=self.pk).order_by("pk")

    def may_be_edited_by(self, user: AbstractUser | AnonymousUser) -> bool:
        return _permission_policy().user_has_permission_for_instance(user, "change", self)

    @classmethod
    def editable_by(cls, user: AbstractUser | AnonymousUser) -> models.QuerySet:
        return _permission_policy().instances_user_has_permission_for(user, "change")

    def may_be_withdrawn_by(self, user: AbstractUser | AnonymousUser) -> bool:
        return _permission_policy().user_has_permission_for_instance(user, "delete", self)

    def identifying_phrases(self) -> list[str]:
        return [self.description, *self.other_descriptions.values()]

    @classmethod
    def to_take_down(cls) -> models.QuerySet:
        """Pictures with public files that may not be on this site, whatever the reason."""
        public_files = Rendition.objects.filter(image=OuterRef("pk"), filter_spec__in=PUBLIC_SPECS)
        return cls.objects.filter(Exists(public_files)).exclude(cls.displayable())

    def take_down(self, user: AbstractUser | None) -> None:
        """Delete the public files, so that their URLs stop working; pages omit it already."""
        self.renditions.filter(filter_spec__in=PUBLIC_SPECS).delete()

    def save(self, *args: Any, with_sizes: bool = True, **kwargs: Any) -> None:
        # Clean first: the saved width, height, size and hash must be those of the cleaned file.
        if self.file and not self.file._committed:  # type: ignore[attr-defined]
            self.file.save(str(self.file), self.file.file, save=False)
        super().save(*args, **kwargs)
        if with_sizes:
            self.make_first_size()


def _permission_policy() -> CollectionOwnershipPermissionPolicy:
    # As in Wagtail, whose permissions of all image models are those of its own.
    return CollectionOwnershipPermissionPolicy(
        Picture, auth_model=Image, owner_field_name="uploaded_by_user"
    )


class Rendition(AbstractRendition):
    """One size and format of a picture. Only renditions are served, never originals."""

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
def remove_size(instance: Rendition, **kwargs: object) -> None:
    """Remove a deleted rendition from `Picture.sizes`, so that no page links to its file."""
    for picture in Picture.objects.filter(pk=instance.image_id).select_related(None).only("sizes"):
        kept = [size for size in picture.sizes if size[1] != instance.file.name]
        if kept != picture.sizes:
            Picture.objects.filter(pk=picture.pk).update(sizes=kept)
