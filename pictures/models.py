from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.files.base import File
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import (
    AbstractImage,
    AbstractRendition,
    Filter,
    Image,
    ImageQuerySet,
    SourceImageIOError,
    get_upload_to,
)
from wagtail.permission_policies.collections import CollectionOwnershipPermissionPolicy

from consent.mixins import HasConsent, WithdrawnMeanwhile
from consent.models import ConsentRecord, Scope
from consent.registry import delete_if_unused
from pictures.decoding_lock import decode
from pictures.fields import PUBLIC_FOLDER, OriginalField, original_name, saving_with_row
from pictures.former_files import FormerFile, remember
from pictures.rendition_pipeline import DecodedPicture, PipelineFilter, opened_if_cleaned
from pictures.renditions import Rendition
from pictures.same_pictures import shows_same
from pictures.specs import (
    BETTER_FORMATS,
    DRAFT,
    DRAFT_DRAWING,
    DRAWING,
    FORMATS,
    PUBLIC_SPECS,
    SHARED,
    SMALL,
    WIDTHS,
    Size,
)
from pictures.tasks import enqueue_sizes


class NotPublic(SourceImageIOError):
    """Consent does not allow this public file. Wagtail shows a missing picture instead."""


class PictureManager(models.Manager.from_queryset(ImageQuerySet)):  # type: ignore[misc]
    """Loads the consent record with each picture, because showing a picture always reads it."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("consent")


class Picture(HasConsent, AbstractImage):
    """A photograph or drawing. `description` is its alt text; captions are fields of pages."""

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
        help_text="The alt text in each language, by its code.",
    )
    credit = models.CharField(
        _("credit"),
        max_length=255,
        blank=True,
        help_text=_("Who made it, as it should appear, for example “Photo: Ana Ruiz”."),
    )

    # The existing public renditions as `Size` values, which saves a query on each page.
    sizes = models.JSONField(default=list, editable=False)
    # Photographs only; see near_copies.
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

    # Why the answer to “who is shown” was not saved with the form; empty if it was.
    refused_answer = ""

    # Empty, because Wagtail copies this value into blocks. The copy would stay in the language of
    # the editor, and would not follow changes of the picture's alt text.
    default_alt_text = ""

    def alt_text_in(self, language: str) -> str:
        if self.is_decoration:
            return ""
        return self.other_descriptions.get(language) or self.description

    def fallback_alt_language(self, language: str) -> str:
        """The main language if its alt text replaces a missing text in `language`, else empty."""
        if self.decorative or self.block_alt_text or not self.alt_text_in(language):
            return ""
        is_own = language == settings.LANGUAGE_CODE or self.other_descriptions.get(language)
        return "" if is_own else settings.LANGUAGE_CODE

    @property
    def alt_language(self) -> str:
        """The language of `alt` if it differs from the language of the page; otherwise empty."""
        return self.fallback_alt_language(get_language())

    @property
    def visible(self) -> bool:
        return self.in_draft or (super().visible and bool(self.sizes))

    @property
    def may_be_shared(self) -> bool:
        """Whether this may be a page's social sharing image. Social sites do not show SVG."""
        return not self.is_svg() and self.visible and self.is_displayable(Scope.SOCIAL)

    @property
    def alt(self) -> str:
        """The alt text that the block has for this use, or else the alt text of the picture."""
        if self.decorative:
            return ""
        return self.block_alt_text or self.alt_text_in(get_language())

    @property
    def block_alt_text(self) -> str:
        """The alt text of a block for this use; empty if it is one of the picture's own alt texts.

        A repeated text is ignored, because the picture may have an alt text in the language of the
        page.
        """
        own = {self.alt_text_in(code) for code, _language in settings.LANGUAGES}
        return "" if self.contextual_alt_text in own else self.contextual_alt_text or ""

    @property
    def specs(self) -> tuple[str, ...]:
        """The public renditions this picture should have: none if it may not be shown on this site.

        Each format has all WIDTHS that are smaller than the picture, and the next larger one.
        """
        if not self.is_displayable():
            return ()
        if self.is_svg():
            return (DRAWING,)
        widths = WIDTHS[: 1 + sum(width < self.width for width in WIDTHS)]
        sizes = (f"format-{format_}|width-{width}" for format_ in FORMATS for width in widths)
        return (*sizes, SHARED) if self.is_displayable(Scope.SOCIAL) else tuple(sizes)

    @property
    def missing(self) -> list[str]:
        """The specs of public renditions that do not exist yet."""
        made = {size[0] for size in self.sizes}
        return [spec for spec in self.specs if spec not in made]

    @property
    def smallest(self) -> Size | None:
        """The rendition for `img src`."""
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

    @property
    def draft_rendition(self) -> "Rendition | None":
        """A private rendition for drafts, if the picture has no public files."""
        if not self.in_draft or self.smallest:
            return None
        try:
            spec = DRAFT_DRAWING if self.is_svg() else DRAFT
            return cast("Rendition", self.get_rendition(spec))
        except SourceImageIOError:  # the original is missing
            return None

    def generate_rendition_file(
        self,
        filter: Filter,  # noqa: A002 - as in Wagtail
        *,
        source: Any = None,
    ) -> File:
        """Make the file of a rendition. Raises NotPublic for a public file that is not allowed.

        Raises SourceImageIOError for any error, so that one broken picture does not break a list.
        """
        if filter.spec in PUBLIC_SPECS and filter.spec not in self.specs:
            raise NotPublic
        # A PipelineFilter takes the decoding lock itself.
        is_decoded_here = not isinstance(filter, PipelineFilter) and not self.is_svg()
        try:
            make = partial(super().generate_rendition_file, filter, source=source)
            return (
                decode(partial(self._make_if_cleaned, make, source)) if is_decoded_here else make()
            )
        except Exception as error:
            raise SourceImageIOError from error

    def _make_if_cleaned(self, make: Callable[[], File], source: Any) -> File:
        with nullcontext(source) if source else self.open_file() as file:
            with opened_if_cleaned(file):
                pass
            file.seek(0)
        return make()

    def create_rendition(self, filter: Filter) -> AbstractRendition:  # noqa: A002 - as in Wagtail
        """Make a rendition. Raises SourceImageIOError if the picture or its file is gone."""
        with transaction.atomic():
            stored = Picture.objects.filter(pk=self.pk, file=str(self.file))
            if not stored.select_for_update(no_key=True).values_list("pk").first():
                raise SourceImageIOError
            return super().create_rendition(filter)

    def make_sizes(self, *specs: str) -> None:
        """Encode missing public renditions; if `specs` are given, only those.

        A row lock keeps other processes from repeating the work.
        """
        with transaction.atomic():
            pictures = Picture.objects.select_for_update(no_key=True, of=["self"])
            locked = get_object_or_404(pictures, pk=self.pk)  # the picture may have been withdrawn
            # An old social image may show something that the new focal point cuts off.
            key = Filter(SHARED).get_cache_key(locked)
            if locked.renditions.filter(~Q(focal_point_key=key), filter_spec=SHARED).delete()[0]:
                locked = Picture.objects.get(pk=self.pk)
            made = {size[0]: size for size in locked.sizes}
            wanted = [spec for spec in locked.specs if not specs or spec in specs]
            for spec, one in locked.get_renditions(*locked._filters(wanted)).items():
                made[spec] = Size(spec, str(one.file), one.width, one.height)
            self.sizes = [made[spec] for spec in locked.specs if spec in made]
            Picture.objects.filter(pk=self.pk).update(sizes=self.sizes)
        # Consent may have been narrowed while the files were encoded.
        for picture in Picture.to_take_down().filter(pk=self.pk):
            picture.take_down(None)

    def encode(self, specs: Collection[str]) -> dict[str, File]:
        """Make the files of the public renditions `specs` without storing them."""
        with ThreadPoolExecutor(max_workers=3) as pool:
            filters = self._filters(specs)
            files = pool.map(self.generate_rendition_file, filters)
            return {one.spec: file for one, file in zip(filters, files, strict=True)}

    def _filters(self, specs: Collection[str]) -> list[Filter]:
        if self.is_svg() or not specs:
            return [Filter(spec) for spec in specs]
        return [*DecodedPicture(self, specs).filters]

    def make_first_size(self, *, is_new: bool = False) -> None:
        """Encode the smallest rendition now, and let the worker encode the others.

        Without PICTURE_SIZES_BY_WORKER, encodes all renditions now. Raises SourceImageIOError if a
        new file cannot be encoded. If an older file cannot be encoded, the worker tries again.
        """
        specs = [DRAWING if self.is_svg() else SMALL] if settings.PICTURE_SIZES_BY_WORKER else []
        try:
            self.make_sizes(*specs)
        except SourceImageIOError:
            if is_new:
                raise
        if self.missing and settings.PICTURE_SIZES_BY_WORKER:
            transaction.on_commit(partial(enqueue_sizes, self.pk))

    def get_upload_to(self, filename: str) -> str:
        return original_name(filename)

    def near_copies(self) -> models.QuerySet["Picture"]:
        """Other pictures with the same file, or with a scaled or recompressed copy of it."""
        return Picture.objects.filter(shows_same(self)).exclude(pk=self.pk).order_by("pk")

    def former_copies(self) -> models.QuerySet[FormerFile]:
        return FormerFile.objects.filter(shows_same(self))

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
        """Pictures with public files (for pages or social media) that consent does not allow."""
        public = Rendition.objects.filter(image=OuterRef("pk"), file__startswith=PUBLIC_FOLDER)
        shared = public.filter(filter_spec=SHARED)
        return cls.objects.filter(
            Exists(public) & ~cls.displayable() | Exists(shared) & ~cls.displayable(Scope.SOCIAL)
        )

    def take_down(self, user: AbstractUser | None) -> None:
        """Delete public files that may not be shown, so that their URLs stop working."""
        public = self.renditions.filter(file__startswith=PUBLIC_FOLDER)
        public.exclude(filter_spec__in=self.specs).delete()

    @classmethod
    def to_show(cls) -> models.QuerySet:
        """Pictures that may be shown on this site but lack public files or their social image."""
        shared = Rendition.objects.filter(image=OuterRef("pk"), filter_spec=SHARED)
        lacks_shared = ~Exists(shared) & cls.displayable(Scope.SOCIAL) & ~Q(file__endswith=".svg")
        return cls.objects.filter(cls.displayable()).filter(Q(sizes=[]) | lacks_shared)

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        # Lock the picture. Otherwise the worker could add a rendition after Django has listed the
        # renditions to delete.
        Picture.objects.select_for_update(of=["self"]).filter(pk=self.pk).first()
        return super().delete(*args, **kwargs)

    def save(self, *args: Any, with_sizes: bool = True, **kwargs: Any) -> None:
        # Clean first, so that width, height, size and hash are those of the cleaned file.
        if self.file and not self.file._committed:  # type: ignore[attr-defined]
            self.file.save(str(self.file), self.file.file, save=False)
        is_new = self.pk is None
        with saving_with_row(self):
            replaced = None if is_new else self._replaced()
            super().save(*args, **kwargs)
            if replaced:
                remember(replaced, replaced.record)
                self.renditions.all().delete()
                delete_if_unused(replaced.consent_id)
                delete = replaced.file.storage.delete
                transaction.on_commit(partial(delete, str(replaced.file)))
            if with_sizes:
                self.make_first_size(is_new=bool(is_new or replaced))

    def _replaced(self) -> "Picture | None":
        """The stored state of this picture if its file differs; otherwise None.

        Raises WithdrawnMeanwhile if the picture or its old record no longer exists.
        """
        replaced = Picture.objects.filter(pk=self.pk).exclude(file=str(self.file)).first()
        if not self.consent_id:
            # Lock the record before the picture, as a withdrawal does, to avoid deadlocks.
            records = ConsentRecord.objects.select_for_update()
            if not replaced or not records.filter(pk=replaced.consent_id).first():
                raise WithdrawnMeanwhile
        return replaced


def _permission_policy() -> CollectionOwnershipPermissionPolicy:
    # As in Wagtail, which uses the permissions of its own Image model for every image model.
    return CollectionOwnershipPermissionPolicy(
        Picture, auth_model=Image, owner_field_name="uploaded_by_user"
    )
