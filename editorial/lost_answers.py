"""Saves of the editor whose answers never arrived, for example after a lost connection.

Without their answers, the editor does not know the page that it created or the version that it
saved. So it sends the ID of its form with each request, and versions say which form saved them.
"""

import json
import re
from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import resolve, reverse
from django.utils import timezone
from wagtail.admin.views.editing_sessions import ping
from wagtail.models import Page, Revision

from editorial.versions import FORM_ID, KeepsVersions

RECENT = timedelta(days=1)  # the search for the version is slow without an index


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


def before_edit_page(request: HttpRequest, page: KeepsVersions) -> None:
    """Let an autosave overwrite the version that the same form saved last."""
    is_autosave = request.method == "POST" and not request.accepts("text/html")
    if not is_autosave:
        return
    revision = page.get_latest_revision()  # type: ignore[attr-defined]
    if revision and is_saved_by(request, revision):
        _set(request, overwrite_revision_id=str(revision.pk))
    page.form_id = form_id_of(request)


def before_create_page(
    request: HttpRequest, parent: Page, page_class: type[Page]
) -> HttpResponseBase | None:
    """If the form already created its page, edit that page."""
    form_id = form_id_of(request)
    if not form_id:
        return None
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
    """Turn the answer to an autosave into one that tells the editor the URL of the new page."""
    data = json.loads(response.content)
    if not data["success"]:
        return response
    del data["html"]  # the editor loads more than this from `hydrate_url`
    return JsonResponse(data | {"url": url, "hydrate_url": f"{url}?_w_hydrate_create_view=1"})


def after_create_page(request: HttpRequest, page: Page) -> None:
    revision, form_id = page.latest_revision, form_id_of(request)
    if revision and form_id:
        revision.content[FORM_ID] = form_id
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
