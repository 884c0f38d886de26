"""Asks before a stopped translation starts again, because that replaces text."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from wagtail.models import Page

from editorial.translations.mode_changes import start_translation
from editorial.translations.status import translation_of

ACTION = "localize-restart-translation"  # the name of wagtail-localize's button


def before_edit_page(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Name what a translation that starts again will replace. Without a difference, do not ask."""
    if request.method != "POST" or ACTION not in request.POST:
        return None
    translation = translation_of(page, is_stopped=True)
    if translation is None:
        return None
    is_asked = "confirmed" not in request.POST
    replaced = _replaced_fields(request, page, translation.source) if is_asked else []
    if not replaced:
        return start_translation(request, translation, page)
    edit_url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    context = {"page": page, "replaced": replaced, "action": ACTION, "edit_url": edit_url}
    return TemplateResponse(request, "editorial/restart_translation.html", context)


def _replaced_fields(request: HttpRequest, page: Page, source: Any) -> list[str]:
    """Labels of the fields whose current text differs from the translated segments."""
    segments = source.get_ephemeral_translated_instance(page.locale, fallback=True)
    handler = page.get_edit_handler()  # type: ignore[attr-defined]  # unknown to the type stubs
    panel = handler.get_bound_panel(instance=page, request=request, form=None)
    current = page.get_latest_revision_as_object()
    comparisons = [compare(current, segments) for compare in panel.get_comparison()]
    labels = [str(each.field_label()) for each in comparisons if each.has_changed()]
    return list(dict.fromkeys(labels))
