import csv
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.contrib.redirects import views
from wagtail.contrib.redirects.models import Redirect
from wagtail.log_actions import log
from wagtail.permission_policies import ModelPermissionPolicy

from consent.old_urls import OldUrl
from editorial.redirects.forms import RedirectForm
from editorial.redirects.lookup import find_same

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

HEADINGS = ["old", "new"]
MAX_LINES = 1000  # more would take too long in one request
NOT_CSV = _("This file is not a CSV file in UTF-8. Save your spreadsheet as “CSV UTF-8”.")


class CreateView(views.CreateView):
    form_class = RedirectForm


class EditView(views.EditView):
    form_class = RedirectForm


class Line(NamedTuple):
    number: int
    cells: list[str]


class Outcome(NamedTuple):
    """What happens to a line. If it has no redirect, `reasons` say why it is not imported."""

    line: Line
    redirect: Redirect | None = None
    is_new: bool = False
    reasons: Sequence[str] = ()


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv"}),
        help_text=_("Save your spreadsheet as “CSV UTF-8”."),
    )

    def clean_file(self) -> str:
        file: UploadedFile = self.cleaned_data["file"]
        try:
            text = file.read().decode("utf-8-sig")
            if "\0" in text:
                raise UnicodeError
        except UnicodeError as error:
            raise ValidationError(NOT_CSV) from error
        return text

    def clean(self) -> None:
        if text := self.cleaned_data.get("file"):
            try:
                self.cleaned_data["lines"] = read_lines(text)
            except ValidationError as error:
                self.add_error("file", error)


class ConfirmationForm(forms.Form):
    """Sends the content of the file again, because a browser does not send a file twice."""

    text = forms.CharField(widget=forms.HiddenInput, strip=False)

    def clean_text(self) -> str:
        self.cleaned_data["lines"] = read_lines(self.cleaned_data["text"])
        return self.cleaned_data["text"]


def read_lines(text: str) -> list[Line]:
    """The lines after the headings, with their line numbers in a spreadsheet."""
    try:
        rows = list(csv.reader(text.splitlines()))
    except csv.Error as error:
        raise ValidationError(NOT_CSV) from error
    headings = [cell.strip().lower() for cell in rows[0]] if rows else []
    if headings != HEADINGS:
        raise ValidationError(_("The first line must be: old,new"))
    cells = ([cell.strip() for cell in row] for row in rows)
    lines = [Line(*found) for found in enumerate(cells, 1) if any(found[1])][1:]
    if len(lines) > MAX_LINES:
        sentence = _("The file has %(count)d lines. Import at most %(most)d at a time.")
        raise ValidationError(sentence % {"count": len(lines), "most": MAX_LINES})
    return lines


class Import(PermissionCheckedMixin, WagtailAdminTemplateMixin, FormView):
    """Imports redirects from a CSV file.

    First shows what will happen to each line. Saves the valid lines after a confirmation.
    """

    EXAMPLE = (
        "old,new\n/?p=937,/about/\n/issues?id=3,/issues/\n/press/2019/*,/news/\n"
        "https://old.example.org/press,https://www.example.org/press/"
    )

    permission_policy = ModelPermissionPolicy(Redirect)
    permission_required = "add"
    template_name = "editorial/import_redirects.html"
    page_title = _("Import redirects")
    header_icon = "redirect"
    breadcrumbs_items = (
        {"url": reverse_lazy("wagtailredirects:index"), "label": _("Redirects")},
        {"url": "", "label": _("Import")},
    )

    @property
    def is_confirmed(self) -> bool:
        return "text" in self.request.POST

    def get_form_class(self) -> type[forms.Form]:
        return ConfirmationForm if self.is_confirmed else FileForm

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        # If the lines in a confirmation are missing or invalid, the user must choose a file again.
        return redirect(self.request.path) if self.is_confirmed else super().form_invalid(form)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        # The preview saves the lines too, because a line can depend on earlier lines. Then it rolls
        # the transaction back.
        with transaction.atomic():
            outcomes = [import_line(line) for line in form.cleaned_data["lines"]]
            transaction.set_rollback(not self.is_confirmed)
        rejected = [outcome for outcome in outcomes if outcome.reasons]
        result = {
            "is_done": self.is_confirmed,
            "outcomes": rejected if self.is_confirmed else outcomes,
            "rejected": len(rejected),
            "created": sum(outcome.is_new for outcome in outcomes),
            "existing": sum(bool(one.redirect) and not one.is_new for one in outcomes),
        }
        if not self.is_confirmed:
            text = form.cleaned_data["file"]
            result["confirmation"] = ConfirmationForm(initial={"text": text})
        return self.render_to_response(self.get_context_data(form=FileForm()) | result)


def import_line(line: Line) -> Outcome:
    """Create a redirect, unless the same redirect exists or its old URL redirects elsewhere."""
    if len(line.cells) != len(HEADINGS):
        return Outcome(line, reasons=[gettext("Enter two URLs: the old one and the new one.")])
    old, new = line.cells
    try:
        same = find_same(OldUrl.parse(old))
    except ValueError:  # the form says why the URL is invalid
        same = []
    existing = same[0] if same else None
    # Validating the form changes `existing`, so its target is read first.
    before = existing and (existing.redirect_page_id, existing.redirect_link)
    form = RedirectForm(
        {"old_path": old, "redirect_link": new, "is_permanent": True}, instance=existing
    )
    if not form.is_valid():
        return Outcome(line, reasons=[str(one) for found in form.errors.values() for one in found])
    if existing:
        if before == (existing.redirect_page_id, existing.redirect_link):
            return Outcome(line, existing)
        sentence = gettext("This URL already redirects elsewhere. Change that redirect instead.")
        return Outcome(line, reasons=[sentence])
    form.save()
    log(instance=form.instance, action="wagtail.create")
    return Outcome(line, form.instance, is_new=True)
