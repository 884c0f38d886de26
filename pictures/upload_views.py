"""The views that save a picture. If it cannot be used yet, they say why instead of “updated”."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext
from wagtail.admin import messages
from wagtail.admin.modal_workflow import render_modal_workflow
from wagtail.images.views import chooser, images, multiple

from pictures.forms import PictureForm
from pictures.models import Picture
from pictures.usability import reasons_not_to_use

UPLOAD_FORM = "pictures/upload_form.html"
CHOOSER_UPLOAD = "wagtailimages/chooser/confirm_duplicate_upload.html"


class EditView(images.EditView):
    def get_success_message(self) -> str | None:
        if not (reasons := reasons_not_to_use(self.object)):
            return super().get_success_message()
        text = gettext("“%(title)s” is saved, but cannot be used yet. %(reasons)s")
        text %= {"title": self.object.title, "reasons": " ".join(reasons)}
        button = messages.button(self.get_edit_url(), gettext("Edit"))
        messages.warning(self.request, text, buttons=[button])
        return None


class AddView(multiple.AddView):
    edit_form_template_name = UPLOAD_FORM

    def get_edit_object_form_context_data(self) -> dict[str, Any]:
        context = super().get_edit_object_form_context_data()
        return context | {"reasons": reasons_not_to_use(self.object)}


class KeepsUnusable:
    """If a picture cannot be used yet, keeps its form in the list and adds the reasons."""

    edit_form_template_name = UPLOAD_FORM
    request: HttpRequest
    object: Picture
    is_saved = False

    def save_object(self, form: PictureForm) -> None:
        super().save_object(form)  # type: ignore[misc]
        self.is_saved = True

    def post(self, request: HttpRequest, **kwargs: int) -> HttpResponse:
        response = super().post(request, **kwargs)  # type: ignore[misc]
        if not (self.is_saved and (reasons := reasons_not_to_use(self.object))):
            return response
        # Wagtail's script removes a picture from its list if `success` is true, and says “updated”.
        # Otherwise it replaces the form of the picture by `form`.
        html = render_to_string(UPLOAD_FORM, self._form_context(reasons), request=request)
        return JsonResponse({"success": False, "image_id": self.object.pk, "form": html})

    def _form_context(self, reasons: list[str]) -> dict[str, Any]:
        pk = self.object.pk
        prefix = f"{multiple.EditView.edit_object_form_prefix}-{pk}"
        form_class = self.get_edit_form_class()  # type: ignore[attr-defined]
        return {
            "image": self.object,
            "edit_action": reverse("wagtailimages:edit_multiple", args=[pk]),
            "delete_action": reverse("wagtailimages:delete_multiple", args=[pk]),
            "form": form_class(instance=self.object, prefix=prefix, user=self.request.user),
            "reasons": reasons,
            "is_saved": True,
        }


class MultipleEditView(KeepsUnusable, multiple.EditView):
    pass


class CreateFromUploadView(KeepsUnusable, multiple.CreateFromUploadedImageView):
    pass


class ChooserUploadView(chooser.ImageUploadView):
    def get_chosen_response(self, item: Picture) -> HttpResponse:
        if not reasons_not_to_use(item):
            return super().get_chosen_response(item)
        chosen = reverse("wagtailimages_chooser:chosen", args=[item.pk])
        context = {
            "new_image": item,
            "confirm_duplicate_upload_action": self.append_preserved_url_parameters(chosen),
        }
        html = render_to_string(CHOOSER_UPLOAD, context, self.request)
        # The step in which Wagtail's script shows what was uploaded, and waits for a click.
        data = {"step": "duplicate_found", "htmlFragment": html}
        return render_modal_workflow(self.request, None, None, None, json_data=data)
