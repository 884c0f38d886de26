"""Which content a test finds in its database; `tests.databases` makes and copies it."""

from collections.abc import Collection

from django.conf import settings
from django.core.management import call_command

from tests import embargoed, every_page
from tests.databases import MIGRATED, Content


def load_starter() -> None:
    call_command("load_content", settings.BASE_DIR / "starter")


EVERY_PAGE = Content("every_page", every_page.make, ("tests/every_page.py", "tests/factories.py"))
EMBARGOED = Content(
    "embargoed",
    embargoed.make,
    ("tests/embargoed.py", "tests/every_page.py", "tests/factories.py"),
)
STARTER = Content("starter", load_starter, ("starter",))
COMMITTED = Content("committed", lambda: None)

# Whoever uses the fixture finds the content.
BY_FIXTURE = {
    "committing": COMMITTED,
    "site": STARTER,
    "every_page": EVERY_PAGE,
    "responses": EVERY_PAGE,
    "embargoed": EMBARGOED,
}
USES_DATABASE = {"db", "django_db_setup", "transactional_db"}


def content_for(fixtures: Collection[str]) -> Content | None:
    """The content for a test that uses these fixtures; None if it uses no database."""
    for name, content in BY_FIXTURE.items():
        if name in fixtures:
            return content
    return MIGRATED if USES_DATABASE & set(fixtures) else None
