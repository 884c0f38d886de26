from typing import cast

from allauth.account.decorators import reauthentication_required
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import SetPasswordForm
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.generic import FormView, TemplateView
from wagtail.admin.views import account
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from staff.current_account import change_of_current_account
from staff.forms import EmailForm, FirstPasswordForm
from staff.models import User
from staff.two_factor import may_reset_password_by_email

fresh_proof_required = method_decorator(reauthentication_required(app="staff"), name="dispatch")

PASSKEY_CHALLENGE_SECONDS = 15 * 60


class PasskeyLogInView(LoginWebAuthnView):
    """Log in with a passkey.

    Anybody may send a GET request, which stores a challenge in a new session. So that session
    expires soon if nobody logs in with it.
    """

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = super().get(request, *args, **kwargs)
        if not request.user.is_authenticated:
            request.session.set_expiry(PASSKEY_CHALLENGE_SECONDS)
        return response


@fresh_proof_required
class PasswordView(WagtailAdminTemplateMixin, FormView):
    """Change the user's own password. Reauthentication has already asked for the old password."""

    template_name = "wagtailadmin/generic/form.html"
    form_class: type[forms.BaseForm] = SetPasswordForm
    page_title = _("Change your password")
    header_icon = "password"
    success_url = reverse_lazy("wagtailadmin_account")
    success_message = _("Your password has been saved.")
    submit_button_label = _("Save")

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"user": self.request.user}

    def get_context_data(self, **kwargs: object) -> dict:
        context = super().get_context_data(**kwargs)
        return context | {
            "action_url": self.request.path,
            "submit_button_label": self.submit_button_label,
        }

    def form_valid(self, form: SetPasswordForm | EmailForm) -> HttpResponse:
        update_session_auth_hash(self.request, form.save())
        messages.success(self.request, self.success_message)
        return super().form_valid(form)


class FirstPasswordView(PasswordView):
    """Choose a new password. A one-time password gives access to no other page."""

    form_class = FirstPasswordForm
    page_title = _("Welcome. Please choose your own password.")
    success_url = reverse_lazy("wagtailadmin_home")
    success_message = _("Your password has been saved. Welcome.")
    submit_button_label = _("Save and continue")


class EmailView(PasswordView):
    form_class = EmailForm
    page_title = _("Change your email address")
    header_icon = "mail"
    success_message = _("Your email address has been saved.")

    def get_form_kwargs(self) -> dict:
        return FormView.get_form_kwargs(self) | {"instance": self.request.user}


@method_decorator(change_of_current_account, name="dispatch")
class AccountView(account.AccountView):
    """Wagtail's account view without the avatar panel.

    Avatars would be stored with their EXIF location, and this site serves no URL for them.
    """

    def get_panels(self) -> list[account.BaseSettingsPanel]:
        panels = super().get_panels()
        return [panel for panel in panels if not isinstance(panel, account.AvatarSettingsPanel)]


class PasswordResetConfirmView(account.PasswordResetConfirmView):
    """Choose a new password by a link from an email.

    Checks again whether the account may use the link, because it may have gained rights that need a
    second step since the link was sent.
    """

    def get_user(self, uidb64: str) -> User | None:
        user = super().get_user(uidb64)
        return user if user and may_reset_password_by_email(user) else None


@fresh_proof_required
@method_decorator([never_cache, change_of_current_account], name="dispatch")
class ResetLogInView(WagtailAdminTemplateMixin, TemplateView):
    """Reset the login of a colleague who lost a device or password."""

    template_name = "staff/reset_log_in.html"
    breadcrumbs_items = ()
    page_title = _("Reset login")
    header_icon = "key"

    @cached_property
    def colleague(self) -> User:
        return get_object_or_404(User, pk=self.kwargs["pk"])

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        user = request.user
        if not (isinstance(user, User) and user.may_reset_log_in_of(self.colleague)):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        password = self.colleague.reset_log_in(by=cast("User", request.user))
        return self.render_to_response(self.get_context_data(password=password))

    def get_page_subtitle(self) -> str:
        return str(self.colleague)

    def get_context_data(self, **kwargs: object) -> dict:
        return super().get_context_data(**kwargs) | {"colleague": self.colleague}
