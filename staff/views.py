from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from staff.forms import FirstPasswordForm


class FirstPasswordView(WagtailAdminTemplateMixin, FormView):
    """Where the one-time password leads, and nowhere else: a password of one's own."""

    template_name = "wagtailadmin/generic/form.html"
    form_class = FirstPasswordForm
    page_title = _("Welcome. Please choose a password of your own.")
    header_icon = "password"
    success_url = reverse_lazy("wagtailadmin_home")

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"user": self.request.user}

    def get_context_data(self, **kwargs: object) -> dict:
        context = super().get_context_data(**kwargs)
        return context | {
            "action_url": reverse("staff_first_password"),
            "submit_button_label": gettext("Save and begin"),
        }

    def form_valid(self, form: FirstPasswordForm) -> HttpResponse:
        update_session_auth_hash(self.request, form.save())
        messages.success(self.request, gettext("Your password is saved. Welcome."))
        return super().form_valid(form)
