"""Fields that choose a picture, a document or a page."""

from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.widgets import chooser
from wagtail.log_actions import get_active_log_context


def url_finder() -> AdminURLFinder:
    """A finder of the edit URLs that the current user may open.

    Wagtail's fields do not know the user, and link to views that refuse many of them.
    """
    return AdminURLFinder(get_active_log_context().user)


chooser.AdminURLFinder = url_finder  # type: ignore[assignment, misc]
