"""Columns of the page listings in the CMS."""

from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import BaseColumn, Column
from wagtail.admin.views.pages import listing
from wagtail.models import Page

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class PictureColumn(BaseColumn):
    cell_template_name = "cms/picture_cell.html"


def date_column(name: str, label: "StrOrPromise", **kwargs: object) -> Column:
    options = {"label": label, "classname": "cms-wide"}
    return Column(name, accessor=lambda page: _format_date(page, name), **options, **kwargs)


def _format_date(page: Page, name: str) -> str:
    value = getattr(page, name, None)
    return date_format(value, "SHORT_DATE_FORMAT") if value else ""


def _edited_by(page: Page) -> str:
    editor = page.latest_revision and page.latest_revision.user
    return editor.get_full_name() or editor.get_username() if editor else ""


def build_columns(wagtail_columns: list[BaseColumn], *more: Column) -> list[BaseColumn]:
    """Wagtail's columns, with ours inserted before the title and before the status."""
    ours = {
        "title": [PictureColumn("picture", label=_("Picture"), width="80px")],
        "status": [
            Column("edited_by", label=_("Edited by"), accessor=_edited_by, classname="cms-wide"),
            date_column("next_review", _("Next review")),
            *more,
        ],
    }
    return [column for base in wagtail_columns for column in (*ours.get(base.name, ()), base)]


# There is no column for the parent page. Search results of the explorer show it below the title,
# and all pages in one of our lists (issues, stories, news) have the same parent.
EXPLORER_COLUMNS, LISTING_COLUMNS = (
    [column for column in view.base_columns if column.name != "parent"]
    for view in (listing.ExplorableIndexView, listing.IndexView)
)
