"""Refuses what a window sends after somebody stopped or started the synced translation.

A page that is translated segment by segment has another editor than other pages. Without this, what
the wrong editor sends would be lost, or end in a server error.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.views.pages.edit import EditView
from wagtail.log_actions import LogActionRegistry
from wagtail.models import Page, PageLogEntry
from wagtail_localize.models import Translation
from wagtail_localize.views import edit_translation

from editorial.translations import status

STARTED, STOPPED = "editorial.start_translation", "editorial.stop_translation"
CONVERTED = "wagtail_localize.convert_to_alias"
HAPPENED = {
    STARTED: _("%(name)s has started the synced translation of this page."),
    STOPPED: _("%(name)s has stopped the synced translation of this page."),
    CONVERTED: _("%(name)s has converted this page into an alias of the original."),
}


def register_log_actions(actions: LogActionRegistry) -> None:
    actions.register_action(
        STARTED, _("Start synced translation"), _("Started the synced translation")
    )
    actions.register_action(
        STOPPED, _("Stop synced translation"), _("Stopped the synced translation")
    )


def stop_translation(request: HttpRequest, translation_id: int) -> HttpResponse:
    """Stop the synced translation, and log who did."""
    running = Translation.objects.filter(pk=translation_id, enabled=True)
    was_running = running.exists()
    response = edit_translation.stop_translation(request, translation_id)
    if was_running and not running.exists():
        page = get_object_or_404(Translation, pk=translation_id).get_target_instance()
        PageLogEntry.objects.log_action(page, STOPPED, user=request.user)
    return response


def start_translation(request: HttpRequest, translation: Translation, page: Page) -> HttpResponse:
    """Start the synced translation again, and log who did."""
    response = edit_translation.restart_translation(request, translation, page)
    PageLogEntry.objects.log_action(page, STARTED, user=request.user)
    return response


def what_happened(page: Page) -> str:
    """Who changed how the page is edited: by its form, by segments, or not, because it is an alias.

    Empty if it is edited by its form and never was edited by segments.
    """
    if status.is_untranslated_alias(page):
        action = CONVERTED
    elif status.translation_of(page):
        action = STARTED
    elif status.translation_of(page, is_stopped=True):
        action = STOPPED
    else:
        return ""
    entries = PageLogEntry.objects.filter(page=page.pk, action=action).select_related("user")
    entry = entries.order_by("-timestamp").first()
    user = entry and entry.user
    name = user.get_full_name() or user.get_username() if user else gettext("Somebody")
    return HAPPENED[action] % {"name": name}


def reason_not_to_save_segment(translation_id: int) -> str:
    """Why a segment cannot be saved any more; empty if it can."""
    translation = Translation.objects.filter(pk=translation_id).first()
    if translation and translation.enabled:
        return ""
    happened = what_happened(translation.get_target_instance()) if translation else ""
    happened = happened or gettext("Somebody has deleted this translation.")
    return f"{happened} " + gettext("This was not saved. Copy your text, and open the page again.")


def before_edit_page(request: HttpRequest, page: Page) -> HttpResponseBase | None:
    """Refuse what another editor sends than the one that the page has now."""
    if request.method != "POST":
        return None
    is_alias = status.is_untranslated_alias(page)
    has_segments = not is_alias and status.translation_of(page) is not None
    if request.POST.get("action") == "publish":  # the editor of segments sends nothing else
        return None if has_segments else refuse_segments(request, page)
    if not is_alias and not has_segments:
        return None
    if "confirmed" in request.POST:  # from the page that asks before a translation starts
        messages.info(request, what_happened(page))
        return redirect(request.path)
    words = gettext(
        "What you type now is not saved. This window still has your text. Copy it, and enter it in "
        "another tab."
    )
    sentence = f"{what_happened(page)} {words}"
    if request.accepts("text/html"):
        return FormKeptView.as_view(refusal=sentence)(request, page.pk)
    # The editor shows the message and stops saving.
    data = {"success": False, "error_code": "invalid_revision", "error_message": sentence}
    return JsonResponse(data, status=400)


def refuse_segments(request: HttpRequest, page: Page) -> HttpResponse:
    """Say why the segments of the page were not published or submitted."""
    sentences = [what_happened(page), gettext("Nothing was published.")]
    if status.translation_of(page, is_stopped=True):
        sentences.append(gettext("If it is started again, the texts of its segments come back."))
    messages.error(request, " ".join(filter(None, sentences)))
    return redirect("wagtailadmin_pages:edit", page.pk)


class FormKeptView(EditView):
    """Shows a form again, with what was typed, although the page now has another editor."""

    refusal = ""

    def get_object(self, *args: Any, **kwargs: Any) -> Page:
        page = super().get_object(*args, **kwargs)
        page.alias_of = None  # not saved: Wagtail's view refuses aliases
        page.refusal = self.refusal  # PublishingForm shows it
        return page

    def run_hook(self, *args: Any, **kwargs: Any) -> None:
        """Run no hooks: wagtail-localize's would show the page's new editor."""
