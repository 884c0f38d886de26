"""The file types that a folder may contain, and the fields of each, computed from the models."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from django.db import models
from wagtail.blocks import StreamBlock
from wagtail.models import Page

from consent.mixins import HasConsent
from consent.models import ConsentRecord
from content_files.field_parsers import is_required
from editorial.models import BasePage
from editorial.page_types import ContentFiles
from site_settings.models import SiteSettings

# The fields of Wagtail's page model that files may set. All others are Wagtail's bookkeeping.
PAGE_FIELDS = frozenset({"title", "seo_title", "search_description", "show_in_menus"})
TRANSLATION_FIELDS = ("unreviewed_translation",)  # page fields that only translated files may set
# Fields of the consent record that files of stories and pictures may set. Only the CMS sets the
# others: a colleague agrees to be steward, and an administrator approves showing a child.
CONSENT_FIELDS = tuple(
    field.name
    for field in ConsentRecord._meta.local_fields
    if field.editable and not field.primary_key and field.name != "steward"
)
# Alerts are urgent, so they are set only in the CMS. Other languages have files of their own.
SETTINGS_FIELDS = tuple(
    field.name
    for field in SiteSettings._meta.get_fields()
    if field.name not in {"id", "site", "other_languages"} and not field.name.startswith("alert_")
)


@dataclass(frozen=True)
class FileType:
    """The files of one page type. `fields` and `required` are names of model fields."""

    model: type[BasePage]
    files: ContentFiles

    @property
    def name(self) -> str:
        return self.files.name

    @property
    def fields(self) -> tuple[str, ...]:
        left_out = {*self.files.excluded, *TRANSLATION_FIELDS, self.files.body}
        own = (field.name for field in _editable_fields(self.model) if field.name not in left_out)
        return (*own, *self.consent_fields)

    @property
    def consent_fields(self) -> tuple[str, ...]:
        return CONSENT_FIELDS if issubclass(self.model, HasConsent) else ()

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(name for name in self.fields if is_required(self.field(name)))

    @property
    def other_keys(self) -> tuple[str, ...]:
        """What files may set besides fields of the model."""
        if self.name == "home":
            return ("language", *SETTINGS_FIELDS)
        if not self.files.is_folder:
            return ("slug",)
        return ("published_on",) if self.files.is_dated else ()

    @property
    def stream(self) -> StreamBlock | None:
        if not self.files.body:
            return None
        return self.field(self.files.body).stream_block  # type: ignore[attr-defined]

    def field(self, name: str) -> models.Field:
        if name in self.consent_fields:
            return cast("models.Field", ConsentRecord._meta.get_field(name))
        return cast("models.Field", self.model._meta.get_field(name))


def _editable_fields(model: type[Page]) -> Iterator[models.Field]:
    bookkeeping = {field.name for field in Page._meta.get_fields()} - PAGE_FIELDS
    for field in model._meta.get_fields():
        is_set_by_editors = getattr(field, "editable", False) and not field.auto_created
        if is_set_by_editors and field.name not in bookkeeping:
            yield cast("models.Field", field)


def page_types_in_tree_order() -> list[type[BasePage]]:
    """The page types in the order of the page tree: each after a type that may contain it."""
    found: dict[type[Page], None] = {}

    def visit(model: type[Page]) -> None:
        if model not in found:
            found[model] = None
            for child in model.allowed_subpage_models():
                visit(child)

    visit(Page)
    return [model for model in found if issubclass(model, BasePage)]


FILE_TYPES = [
    FileType(model, model.content_files)
    for model in page_types_in_tree_order()
    if model.content_files
]
# Files at the top level of the folder, by name without the suffix.
TOP_LEVEL_FILES = {one.name: one for one in FILE_TYPES if not one.files.is_folder}
# Subfolders, in the order in which their pages are created.
SUBFOLDERS = {one.name: one for one in FILE_TYPES if one.files.is_folder}
