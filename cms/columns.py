"""What a row of a list of pages shows, beside what Wagtail shows.

Wagtail writes some cells by up to two dozen templates within one another, for each row: most of
what a list took. Ours write the same in one each; `tests/cms/test_columns.py` compares them.
"""

from copy import copy
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import BaseColumn, Column
from wagtail.admin.views.pages import listing
from wagtail.models import Page

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

IN_ONE = {
    "title": "cms/title_cell.html",
    "latest_revision_created_at": "cms/updated_cell.html",
    "status": "cms/status_cell.html",
}


class PictureColumn(BaseColumn):
    cell_template_name = "cms/picture_cell.html"


def day(name: str, label: "StrOrPromise", **kwargs: object) -> Column:
    words = {"label": label, "classname": "cms-wide"}
    return Column(name, accessor=lambda page: _in_words(page, name), **words, **kwargs)


def _in_words(page: Page, name: str) -> str:
    day = getattr(page, name, None)
    return date_format(day, "SHORT_DATE_FORMAT") if day else ""


def _edited_by(page: Page) -> str:
    editor = page.latest_revision and page.latest_revision.user
    return editor.get_full_name() or editor.get_username() if editor else ""


def _in_one(column: BaseColumn) -> BaseColumn:
    ours = copy(column)
    ours.cell_template_name = IN_ONE.get(column.name, column.cell_template_name)
    return ours


def with_ours(before: list[BaseColumn], *more: Column) -> list[BaseColumn]:
    """Wagtail's columns, with ours before the title and before the status."""
    ours = {
        "title": [PictureColumn("picture", label=_("Picture"), width="80px")],
        "status": [
            Column("edited_by", label=_("Edited by"), accessor=_edited_by, classname="cms-wide"),
            day("next_review", _("Next review")),
            *more,
        ],
    }
    return [column for one in before for column in (*ours.get(one.name, ()), _in_one(one))]


# Whoever looks at a page sees what stands below it, and issues all stand below one page, and so do
# stories: it need not be named.
TREE, FLAT = (
    [column for column in view.base_columns if column.name != "parent"]
    for view in (listing.ExplorableIndexView, listing.IndexView)
)
