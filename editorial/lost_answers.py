"""Handles saves whose responses never reached the browser, for example after a lost connection.

Without the response, the form in the browser does not know which page it created or which version
it saved. So the form sends its ID with each request, and each version stores the ID of the form
that saved it.

The server may still be working on such a request when the form sends its next request. So requests
of a form run one after the other. An autosave that runs after a later save of its form saves
nothing.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext
from wagtail.admin.views.editing_sessions import ping
from wagtail.models import Page, Revision

from editorial.versions import FORM_ID, SAVE_NUMBER, KeepsVersions

RECENT = timedelta(days=1)  # limits the search for a version, because it cannot use an index


def form_id_of(request: HttpRequest) -> str:
    """The ID of the form that sent the request; empty if there is none."""
    value = request.POST.get(FORM_ID, "")
    return value if re.fullmatch(r"[0-9a-f]{32}", value) else ""


def is_saved_by(request: HttpRequest, revision: Revision | None) -> bool:
    form_id = form_id_of(request)
    return bool(
        form_id
        and revision
        and revision.user_id == request.user.pk
        and revision.content.get(FORM_ID) == form_id
    )


def _set(request: HttpRequest, **values: str) -> None:
    data = request.POST.copy()
    for name, value in values.items():
        data[name] = value
    request.POST = data  # type: ignore[assignment]  # the original is immutable, a copy is not


def _save_number_of(request: HttpRequest) -> int:
    """The number that the form gave to this save; 0 if there is none."""
    value = request.POST.get(SAVE_NUMBER, "")
    return int(value) if re.fullmatch(r"[0-9]{1,9}", value) else 0


@contextmanager
def _lock_form(form_id: str) -> Iterator[None]:
    """Make other requests of the form wait until the block ends."""
    number = int(form_id[:15], 16)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [number])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


def _run_in_turn(request: HttpRequest) -> HttpResponseBase | None:
    """Run the view again with the form locked. None if the form is locked already or has no ID.

    Hooks call this after their view has loaded the page. Another request may save the page before
    the form is locked, so the view must load it again.
    """
    form_id = form_id_of(request)
    if not form_id or getattr(request, "is_form_locked", False):
        return None
    request.is_form_locked = True  # type: ignore[attr-defined]
    match = resolve(request.path_info)
    with _lock_form(form_id):
        return match.func(request, *match.args, **match.kwargs)


def before_edit_page(request: HttpRequest, page: KeepsVersions) -> HttpResponseBase | None:
    """Let an autosave follow the version that the same form saved last."""
    if request.method != "POST":
        return None
    if response := _run_in_turn(request):
        return response
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
        created_at = revision.created_at.isoformat()
        _set(
            request,
            overwrite_revision_id="",
            loaded_revision_id=str(revision.pk),
            loaded_revision_created_at=created_at,
        )
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
    if response := _run_in_turn(request):
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
    if names["model_name"] == "page" and FORM_ID in request.POST:
        page = Page.objects.filter(pk=names["object_id"]).first()
        revision = page and page.latest_revision
        if revision and is_saved_by(request, revision):
            created_at = revision.created_at.isoformat()
            _set(request, revision_id=str(revision.pk), revision_created_at=created_at)
    return ping(request, **names)
