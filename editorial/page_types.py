"""Types of attributes that page types set, so that no app needs a list of page types.

`BasePage` lists the attributes, and `registry.py` collects the page types. Django's system checks
report a page type that lacks a required attribute.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class ContentFiles:
    """Where the content files of a page type are, and which fields they may set.

    A file may set every editable field of the page's model that is not `excluded`;
    docs/content-files.md lists them.
    """

    # A file such as “stories.md” means that the type has one page. A folder such as “stories/” has
    # one file per page. Its pages are children of the page of “stories.md” if a page type declares
    # that path, otherwise of the home page.
    path: str
    body: str = ""  # the StreamField that the Markdown below the front matter fills
    excluded: frozenset[str] = frozenset()  # fields that files may not set
    is_dated: bool = False  # whether a file may set the date on which its page was published
    title: "StrOrPromise" = ""  # the title of a page that has no file but has children

    @property
    def name(self) -> str:
        return self.path.removesuffix(".md").removesuffix("/")

    @property
    def is_folder(self) -> bool:
        return self.path.endswith("/")


@dataclass(frozen=True)
class SearchType:
    """A group of search results that readers can filter by. Page types may share a group.

    `name` stands in URLs and in the search index. Groups are listed by `order`.
    """

    name: str
    label: "StrOrPromise"
    order: int


@dataclass(frozen=True)
class CmsList:
    """The list of all pages of one type in the CMS menu.

    `name` stands in its URL (`/admin/all-stories/`), `icon` is the name of a Wagtail icon, and
    `order` the position in the menu. `columns` and `filters` are names of model fields, shown
    in addition to the columns and filters of every list.
    """

    name: str
    icon: str
    order: int
    columns: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    is_ordered: bool = False  # whether staff put these pages in an order, which readers see


@dataclass(frozen=True)
class DraftSharing:
    """Settings for links with which people without an account can read the newest draft of a page.

    `title` is the text of the button that opens the list of links. `advice` is shown in that list
    and says what to do with a link. The page's method `draft_may_be_shared_by` says who may create
    links.
    """

    title: "StrOrPromise"
    advice: "StrOrPromise"
    # Whether the links are for reporters. Such links show only what the press may use, and redirect
    # to the page once it is public. Other links show the whole draft to the person it is about.
    for_press: bool = False


PAGES = SearchType("page", _("Pages"), order=90)
