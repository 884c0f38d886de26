"""The modal in which an editor enters a source."""

from django import forms
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin.modal_workflow import render_modal_workflow


class SourceForm(forms.Form):
    title = forms.CharField(
        label=_("Title"), max_length=300, help_text=_("Title of the report, law or article.")
    )
    publisher = forms.CharField(
        label=_("Publisher"), max_length=200, required=False, help_text=_("Who published it.")
    )
    url = forms.URLField(
        label=_("URL"),
        required=False,
        assume_scheme="https",
        help_text=_("The URL where readers can find it."),
    )
    published = forms.CharField(
        label=_("Date"),
        max_length=40,
        required=False,
        help_text=_("When it was published, for example “2024” or “March 2024”."),
    )
    archived = forms.URLField(
        label=_("Archived copy"),
        required=False,
        assume_scheme="https",
        help_text=_("The URL of a copy that remains if the original is removed."),
    )


class ChooseSourceView(View):
    """Modal workflow with the form of a new source, or of the source in the query string."""

    def get(self, request: HttpRequest) -> JsonResponse:
        return self._ask(SourceForm(initial=request.GET.dict(), prefix="source"))

    def post(self, request: HttpRequest) -> JsonResponse:
        form = SourceForm(request.POST, prefix="source")
        if not form.is_valid():
            return self._ask(form)
        chosen = {"step": "chosen", "source": form.cleaned_data}
        return render_modal_workflow(request, None, json_data=chosen)

    def _ask(self, form: SourceForm) -> JsonResponse:
        return render_modal_workflow(
            self.request, "editorial/source_form.html", None, {"form": form}, {"step": "ask"}
        )
