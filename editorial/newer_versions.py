"""An editor that was opened before somebody saved a newer version does not replace it unasked.

Wagtail asks in the browser, before it sends the form. But the browser learns of the newer version
only every ten seconds, and not at all if its scripts fail.
"""

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from wagtail.models import Revision

from editorial.form_ids import form_id_of, is_saved_by
from editorial.versions import KeepsVersions

# Field of the form: the newer version of which the user has been told.
NEWER_VERSION = "newer_version"
NEWEST = "newest_revision"  # attribute of a request that leaves the newest version as it is


def version_of(revision: Revision) -> str:
    """Identifies what a version contains: an autosave keeps its ID and changes the time."""
    return revision.created_at.isoformat()


def is_older(request: HttpRequest, latest: Revision) -> bool:
    """Whether the form shows a version older than `latest`."""
    if is_saved_by(request, latest):
        return False
    if saved := request.POST.get("overwrite_revision_id"):
        return saved != str(latest.pk)
    if loaded := request.POST.get("loaded_revision_id"):
        loaded_at = request.POST.get("loaded_revision_created_at", "")
        return loaded != str(latest.pk) or loaded_at != version_of(latest)
    # The form was opened when the page had no version.
    return bool(form_id_of(request))


def before_edit_page(request: HttpRequest, page: KeepsVersions) -> JsonResponse | None:
    """Refuse to save, unless the user has been told of the latest version."""
    if request.method != "POST":
        return None
    latest = page.get_latest_revision()  # type: ignore[attr-defined]
    if latest is None or hasattr(request, NEWEST):
        return None
    told = request.POST.get(NEWER_VERSION, "")
    if request.accepts("text/html"):
        if is_older(request, latest) and told != version_of(latest):
            page.newer_version = latest  # PublishingForm shows it
        return None
    # Autosave does not decide for a user who has been told and has not decided yet.
    if not told and not is_older(request, latest):
        return None
    words = gettext("Saving will overwrite a newer version.")
    data = {"success": False, "error_code": "invalid_revision", "error_message": words}
    return JsonResponse(data, status=400)


def describe(latest: Revision, user: AbstractBaseUser | None) -> str:
    """Say who saved the newer version and when, and what the user can do."""
    time = date_format(timezone.localtime(latest.created_at), "DATETIME_FORMAT")
    if latest.user == user:
        happened = gettext("On %(time)s, you saved a newer version in another window.")
    elif latest.user:
        happened = gettext("On %(time)s, %(name)s saved a newer version.")
    else:
        happened = gettext("On %(time)s, a newer version was saved.")
    name = latest.user and (latest.user.get_full_name() or latest.user.get_username())
    return " ".join(
        [
            gettext("Nothing was saved."),
            happened % {"name": name, "time": time},
            gettext(
                "This window still has your text. Compare it with the newer version in another tab."
            ),
            gettext(
                "If you press the button again, your text replaces the newer version, which stays "
                "in the history."
            ),
        ]
    )
