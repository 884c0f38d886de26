"""The database content of each test. `tests.databases` makes and copies the databases."""

from functools import cache

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

from tests import embargoed, every_page
from tests.databases import MIGRATED, Content

SOURCES = ("tests/every_page.py", "tests/factories.py")


def load_starter() -> None:
    call_command("load_content", settings.BASE_DIR / "starter")
    # An action that is a sample has no form, but the browser tests fill in the forms of actions.
    apps.get_model("actions", "ActionPage").objects.update(is_sample=False)


EVERY_PAGE = Content("every_page", every_page.make, SOURCES)
EMBARGOED = Content("embargoed", embargoed.make, ("tests/embargoed.py", *SOURCES))
STARTER = Content("starter", load_starter, ("starter", "tests/contents.py"))
# A migrated database in which tests may commit, so that other processes see their changes.
COMMITTED = Content("committed", lambda: None)

# The content that each fixture needs. A test file can add its own in CONTENTS.
BY_FIXTURE = {
    "committed_database": COMMITTED,
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
DATABASE_FIXTURES = {"db", "django_db_setup", "transactional_db"}


@cache
def home_with(indexes: frozenset[str]) -> Content:
    """Content with a home page and index pages. `indexes` are keys of INDEXES."""

    def make() -> None:
        home = every_page.make_home()
        for name in sorted(indexes):
            INDEXES[name](home)

    words = ["home", *sorted(name.removesuffix("_index") for name in indexes)]
    return Content("_".join(words), make, SOURCES)


def content_for(item: pytest.Item) -> Content | None:
    """Return the content that a test needs, or None if the test uses no database.

    The content depends on the fixtures of the test and on CONTENTS in the test's file.
    """
    fixtures = set(item.fixturenames)  # type: ignore[attr-defined]
    if not (DATABASE_FIXTURES & fixtures or item.get_closest_marker("django_db")):
        return None
    own = getattr(item.module, "CONTENTS", {})  # type: ignore[attr-defined]
    for name, content in (BY_FIXTURE | own).items():
        if name in fixtures:
            return content
    return home_with(frozenset(INDEXES.keys() & fixtures)) if "home" in fixtures else MIGRATED
