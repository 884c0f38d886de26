import csv
from typing import TYPE_CHECKING, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
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

from editorial.redirects.forms import RedirectForm

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

HEADINGS = ["old", "new"]
MAX_LINES = 2000  # more would take too long in one request


class CreateView(views.CreateView):
    form_class = RedirectForm


class EditView(views.EditView):
    form_class = RedirectForm


class Line(NamedTuple):
    number: int
    cells: list[str]


class RejectedLine(NamedTuple):
    line: Line
    reasons: list[str]


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv"}),
        help_text=_("Save your spreadsheet as “CSV UTF-8”."),
    )

    def clean_file(self) -> list[Line]:
        """The lines after the headings, with their line numbers in a spreadsheet."""
        file: UploadedFile = self.cleaned_data["file"]
        try:
            text = file.read().decode("utf-8-sig")
            if "\0" in text:
                raise UnicodeError
            rows = list(csv.reader(text.splitlines()))
        except (UnicodeError, csv.Error) as error:
            raise ValidationError(
                _("This file is not a CSV file in UTF-8. Save your spreadsheet as “CSV UTF-8”.")
            ) from error
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
    """Imports redirects from a CSV file: saves valid lines and shows errors for the others."""

    EXAMPLE = (
        "old,new\n/?p=937,/about/\n/issues?id=3,/issues/\n"
        "https://old.example.org/press,https://www.example.org/press/"
    )

    permission_policy = ModelPermissionPolicy(Redirect)
    permission_required = "add"
    template_name = "editorial/import_redirects.html"
    form_class = FileForm
    page_title = _("Import redirects")
    header_icon = "redirect"
    breadcrumbs_items = (
        {"url": reverse_lazy("wagtailredirects:index"), "label": _("Redirects")},
        {"url": "", "label": _("Import")},
    )

    def form_valid(self, form: FileForm) -> HttpResponse:
        lines = form.cleaned_data["file"]
        outcomes = [self._import_line(line) for line in lines]
        result = {
            "is_done": True,
            "rejected": [found for found in outcomes if isinstance(found, RejectedLine)],
            "created": sum(found is True for found in outcomes),
            "existing": sum(found is False for found in outcomes),
        }
        return self.render_to_response(self.get_context_data(form=self.form_class()) | result)

    def _import_line(self, line: Line) -> bool | RejectedLine:
        """Create a redirect and return True. Return False if the same redirect exists.

        Return a RejectedLine if the line is invalid or its old URL redirects elsewhere.
        """
        if len(line.cells) != len(HEADINGS):
            return RejectedLine(line, [gettext("Enter two URLs: the old one and the new one.")])
        old, new = line.cells
        try:
            old_path = Redirect.normalise_path(old)
        except ValueError:  # the form says why the URL is invalid
            old_path = old
        existing = Redirect.objects.filter(old_path=old_path).first()
        # Validating the form changes `existing`, so its target is read first.
        before = existing and (existing.redirect_page_id, existing.redirect_link)
        form = RedirectForm(
            {"old_path": old, "redirect_link": new, "is_permanent": True}, instance=existing
        )
        if not form.is_valid():
            return RejectedLine(line, [str(one) for found in form.errors.values() for one in found])
        redirect = form.instance
        if existing:
            if before == (redirect.redirect_page_id, redirect.redirect_link):
                return False
            return RejectedLine(
                line,
                [gettext("This URL already redirects elsewhere. Change that redirect instead.")],
            )
        form.save()
        log(instance=redirect, action="wagtail.create")
        return True
