"""Which content a test finds in its database; `tests.databases` makes and copies it."""

from functools import cache

import pytest
from django.conf import settings
from django.core.management import call_command

from tests import embargoed, every_page
from tests.databases import MIGRATED, Content

SOURCES = ("tests/every_page.py", "tests/factories.py")


def load_starter() -> None:
    call_command("load_content", settings.BASE_DIR / "starter")


EVERY_PAGE = Content("every_page", every_page.make, SOURCES)
EMBARGOED = Content("embargoed", embargoed.make, ("tests/embargoed.py", *SOURCES))
STARTER = Content("starter", load_starter, ("starter",))
COMMITTED = Content("committed", lambda: None)

# Whoever uses the fixture finds the content. A file of tests may have CONTENTS of its own.
BY_FIXTURE = {
    "committing": COMMITTED,
    "site": STARTER,
    "starter": STARTER,
    "every_page": EVERY_PAGE,
    "responses": EVERY_PAGE,
    "embargoed": EMBARGOED,
}
INDEXES = {
    "issue_index": every_page.make_issue_index,
    "story_index": every_page.make_story_index,
    "news_index": every_page.make_news_index,
}
USE_THE_DATABASE = {"db", "django_db_setup", "transactional_db"}


@cache
def home_with(indexes: frozenset[str]) -> Content:
    """A home page with those of INDEXES that are named."""

    def make() -> None:
        home = every_page.make_home()
        for name in sorted(indexes):
            INDEXES[name](home)

    words = ["home", *sorted(name.removesuffix("_index") for name in indexes)]
    return Content("_".join(words), make, SOURCES)


def content_for(item: pytest.Item) -> Content | None:
    """What the test expects by its fixtures or its file's CONTENTS; None without a database."""
    fixtures = set(item.fixturenames)  # type: ignore[attr-defined]
    if not (USE_THE_DATABASE & fixtures or item.get_closest_marker("django_db")):
        return None
    own = getattr(item.module, "CONTENTS", {})  # type: ignore[attr-defined]
    for name, content in (BY_FIXTURE | own).items():
        if name in fixtures:
            return content
    return home_with(frozenset(INDEXES.keys() & fixtures)) if "home" in fixtures else MIGRATED
