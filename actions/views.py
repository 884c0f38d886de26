"""What a reader meets after a form: neutral pages, and the buttons that links in mails lead to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.models import Locale

from actions import signatures
from actions.forms import DeleteForm, SeeOther, public_form
from actions.models import ActionPage

MORE = 3  # actions that a page of thanks leads to


@require_safe
def check_email(request: HttpRequest) -> HttpResponse:
    """After every form, whoever sent it and whatever it was: the address tells nothing."""
    return _note(request, "mail_sent")


@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    newest = ActionPage.objects.filter(locale=Locale.get_active()).open_now()[:MORE]
    return _note(request, "thanks", actions=newest)


@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    return _note(request, "deleted")


@public_form
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A button: programs that open the links in a mail press none."""
    signature = signatures.by_token(token)
    if signature is None or signature.confirmed_at:
        return _note(request, "used", status=410, is_confirmed=signature is not None)
    if request.method == "POST":
        signatures.confirm(signature)
        return SeeOther(reverse("thanks"))
    page = ActionPage.known_as(signature.action, signature.language)
    return _note(request, "confirm", action=page)


@public_form
@require_http_methods(["GET", "HEAD", "POST"])
def delete_request(request: HttpRequest) -> HttpResponse:
    """Asks for the address, and mails it the way: nobody can delete somebody else."""
    form = DeleteForm(request, "delete_request")
    if form.is_valid():
        signatures.request_deletion(form.cleaned_data["email"])
        return SeeOther(reverse("check_email"))
    response = _note(request, "delete_request", status=form.status, form=form)
    if form.is_bound:
        response["Cache-Control"] = "no-store"
    return response


@public_form
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete_confirm(request: HttpRequest, token: str) -> HttpResponse:
    found = signatures.by_deletion_token(token)
    if not found:
        return _note(request, "used", status=410)
    if request.method == "POST":
        signatures.delete(found)
        return SeeOther(reverse("deleted"))
    return _note(request, "delete_confirm")


def _note(request: HttpRequest, name: str, *, status: int = 200, **context: object) -> HttpResponse:
    return render(request, f"actions/notes/{name}.html", context, status=status)
