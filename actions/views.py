"""Pages after a public form, and the confirmation pages that links in emails lead to."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language_info
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.models import Locale

from actions import signatures
from actions.forms import DeleteForm, SeeOther, public_form
from actions.models import ActionPage

MAX_ACTIONS = 3  # actions listed on the thank-you page


@require_safe
def check_email(request: HttpRequest) -> HttpResponse:
    """The page after each form of this app.

    It is the same whether or not an email was sent, so it does not reveal whose data is stored.
    """
    return _render_note(request, "mail_sent")


@require_safe
def thanks(request: HttpRequest, done: UUID | None = None) -> HttpResponse:
    """The page after a confirmation. `done` is the action that was confirmed."""
    actions = ActionPage.objects.filter(locale=Locale.get_active())
    if done:
        actions = actions.exclude(translation_key=done)
    return _render_note(request, "thanks", actions=actions.open_now()[:MAX_ACTIONS])


@require_safe
def discarded(request: HttpRequest) -> HttpResponse:
    return _render_note(request, "discarded")


@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    return _render_note(request, "deleted")


@public_form
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show what was entered, to confirm or to delete it.

    Only a POST request confirms or deletes, because mail scanners open links with GET.
    """
    signature = signatures.find_by_token(token)
    if signature and request.method == "POST":
        if request.POST.get("answer") == "delete":
            if signatures.discard(signature):
                return SeeOther(reverse("discarded"))
        elif signatures.confirm(signature):
            return SeeOther(reverse("thanks", args=[signature.action]))
        signature = signatures.find_by_token(token)  # it may have been deleted in the meantime
    if signature is None or signature.confirmed_at:
        return _render_note(request, "link_used", status=410, is_confirmed=signature is not None)
    page = ActionPage.for_action(signature.action, signature.language)
    language = get_language_info(signature.language)["name_local"].capitalize()
    return _render_note(
        request, "confirm", action=page, signature=signature, language_name=language
    )


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def delete_request(request: HttpRequest) -> HttpResponse:
    """Email a deletion link to the address entered, so that only its owner can delete the data."""
    form = DeleteForm(request, "delete_request")
    if form.is_valid():
        signatures.request_deletion(form.cleaned_data["email"])
        return SeeOther(reverse("check_email"))
    response = _render_note(request, "delete_request", status=form.status, form=form)
    if form.is_bound:
        response["Cache-Control"] = "no-store"
    return response


@public_form
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete_confirm(request: HttpRequest, token: str) -> HttpResponse:
    found = signatures.find_by_deletion_token(token)
    if not found:
        return _render_note(request, "link_used", status=410)
    if request.method == "POST":
        signatures.delete(found.email)
        return SeeOther(reverse("deleted"))
    return _render_note(request, "delete_confirm")


def _render_note(
    request: HttpRequest, name: str, *, status: int = 200, **context: object
) -> HttpResponse:
    return render(request, f"actions/notes/{name}.html", context, status=status)
