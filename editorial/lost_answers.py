"""Handles saves whose responses never reached the browser, for example after a lost connection.

Without the response, the form in the browser does not know which page it created or which version
it saved. So the form sends its ID with each request, and each version stores the ID of the form
that saved it.

The server may still be working on such a request when the form sends its next request. So requests
of a form that creates a page run one after the other, and so do all saves of a page. An autosave
that runs after a later save of its form saves nothing.

Each save is one transaction, because a connection pooler may change the connection after it, and a
lock of the session would stay behind.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext
from psycopg.errors import LockNotAvailable
from wagtail.admin.views.editing_sessions import ping
from wagtail.models import Page, Revision

from consent.mixins import HasConsent
from editorial.form_ids import form_id_of, is_saved_by
from editorial.newer_versions import NEWER_VERSION, version_of
from editorial.publishing.rules import PublishingRefused
from editorial.versions import FORM_ID, SAVE_NUMBER, KeepsVersions
from staff.resubmission import ask_to_wait

RECENT = timedelta(days=1)  # limits the search for a version, because it cannot use an index
# How long a request waits for another one. Both together must be faster than the proxy's limit.
LOCK_TIMEOUT = "20s"


def _set(request: HttpRequest, **values: str) -> None:
    data = request.POST.copy()
    for name, value in values.items():
        data[name] = value
    request.POST = data  # type: ignore[assignment]  # the original is immutable, a copy is not


def _loaded(revision: Revision) -> dict[str, str]:
    """What a form sends that was opened with this version."""
    return {
        "loaded_revision_id": str(revision.pk),
        "loaded_revision_created_at": version_of(revision),
    }


def _save_number_of(request: HttpRequest) -> int:
    """The number that the form gave to this save; 0 if there is none."""
    value = request.POST.get(SAVE_NUMBER, "")
    return int(value) if re.fullmatch(r"[0-9]{1,9}", value) else 0


@contextmanager
def _lock(name: str) -> Iterator[None]:
    """Run one transaction after the other that has this lock.

    Raises OperationalError if another one takes too long.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
            cursor.execute("SET LOCAL lock_timeout = DEFAULT")
        yield


def _run_in_turn(request: HttpRequest, lock: str, url: str) -> HttpResponseBase | None:
    """Run the view at `url` again with the lock; None if the request has it already.

    Hooks call this after their view has loaded the page. Another request may save the page before
    the form is locked, so the view must load it again.
    """
    locks = vars(request).setdefault("save_locks", set())
    if lock in locks:
        return None
    locks.add(lock)
    match = resolve(url)
    try:
        with _lock(lock):
            try:
                return match.func(request, *match.args, **match.kwargs)
            except PublishingRefused as error:
                refused = error  # raised after the transaction, so that the draft stays saved
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        return _ask_to_wait(request)
    raise refused


def _ask_to_wait(request: HttpRequest) -> HttpResponse:
    if request.accepts("text/html"):
        return ask_to_wait(request)
    words = gettext("The site is still saving this page. What you typed is still here.")
    data = {"success": False, "error_code": "locked", "error_message": words}
    return JsonResponse(data, status=503)


def before_edit_page(request: HttpRequest, page: KeepsVersions) -> HttpResponseBase | None:
    """Let an autosave follow the version that the same form saved last."""
    if request.method != "POST":
        return None
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    if response := _run_in_turn(request, f"editorial.page.{page.pk}", url):
        return response
    if isinstance(page, HasConsent):
        page.lock_record()  # before the view writes any row
    page.form_id, page.save_number = form_id_of(request), _save_number_of(request)
    is_autosave = not request.accepts("text/html")
    revision = page.get_latest_revision()  # type: ignore[attr-defined]
    if not is_autosave or not is_saved_by(request, revision):
        return None
    if revision.content.get(SAVE_NUMBER, 0) > page.save_number:
        # The form has sent a later request, so it ignores this response.
        words = gettext("Newer text is saved already.")
        data = {"success": False, "error_code": "invalid_revision", "error_message": words}
        return JsonResponse(data)
    if _is_in_use(page, revision):
        _set(request, overwrite_revision_id="", **_loaded(revision))
    else:
        _set(request, overwrite_revision_id=str(revision.pk))
    return None


def _is_in_use(page: KeepsVersions, revision: Revision) -> bool:
    """Whether the version is published, scheduled or submitted, so that it must stay as it is."""
    return (
        page.live_revision_id == revision.pk  # type: ignore[attr-defined]
        or revision.approved_go_live_at is not None
        or revision.task_states.exists()
    )


def before_create_page(
    request: HttpRequest, parent: Page, page_class: type[Page]
) -> HttpResponseBase | None:
    """If the form already created its page, edit that page."""
    form_id = form_id_of(request)
    if not form_id:
        return None
    if response := _run_in_turn(request, f"editorial.form.{form_id}", request.path_info):
        return response
    revision = (
        Revision.page_revisions.filter(user=request.user.pk)
        .filter(created_at__gt=timezone.now() - RECENT, content__form_id=form_id)
        .order_by("pk")
        .first()
    )
    page = page_class.objects.child_of(parent).filter(pk=revision and revision.object_id).first()
    if page is None:
        return None
    _set(request, **_loaded(revision))
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    match = resolve(url)
    response = match.func(request, *match.args, **match.kwargs)
    return _as_created(response, url) if isinstance(response, JsonResponse) else response


def _as_created(response: HttpResponse, url: str) -> HttpResponse:
    """Add the URL of the new page to the response to an autosave."""
    data = json.loads(response.content)
    if not data["success"]:
        return response
    del data["html"]  # the editor loads more than this from `hydrate_url`
    return JsonResponse(data | {"url": url, "hydrate_url": f"{url}?_w_hydrate_create_view=1"})


def after_create_page(request: HttpRequest, page: Page) -> None:
    revision, form_id = page.latest_revision, form_id_of(request)
    if revision and form_id:
        revision.content |= {FORM_ID: form_id, SAVE_NUMBER: _save_number_of(request)}
        revision.save(update_fields=["content"])


def ping_session(request: HttpRequest, **names: str) -> HttpResponse:
    """Wagtail's view that looks for newer versions, except those of the same form."""
    if names["model_name"] != "page" or FORM_ID not in request.POST:
        return ping(request, **names)
    page = Page.objects.filter(pk=names["object_id"]).first()
    revision = page and page.latest_revision
    if revision and is_saved_by(request, revision):
        _set(request, revision_id=str(revision.pk), revision_created_at=version_of(revision))
    response = ping(request, **names)
    data = json.loads(response.content)
    if revision and any(session["revision_id"] for session in data.get("other_sessions", ())):
        return JsonResponse(data | {NEWER_VERSION: version_of(revision)})
    return response
