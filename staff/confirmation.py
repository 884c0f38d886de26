"""Pages that ask for a fresh proof, one after the other: password, then code or passkey."""

from allauth.account.adapter import get_adapter
from allauth.account.views import BaseReauthenticateView, ReauthenticateView
from allauth.mfa.base.views import ReauthenticateView as ReauthenticateByCodeView
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect


class ConfirmationMixin(BaseReauthenticateView):
    """Asks for a proof only if it is missing. Asks for the password before the second step.

    Redirects to the page of the proof that must come first. So nobody can enter codes, and use up
    the attempts of the account's owner, without the password. If no proof is missing, for example
    after going back in the browser, redirects to the next page. allauth would answer 403.
    """

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        methods = get_adapter(request).get_reauthentication_methods(request.user)
        if request.user.is_authenticated and not methods:
            # Not redirect(), which would take a `next` without a slash for the name of a view.
            return HttpResponseRedirect(self.get_success_url())
        if methods and request.path not in [method["url"] for method in methods]:
            return redirect(self.passthrough_next_url(methods[0]["url"]))
        return super().dispatch(request, *args, **kwargs)


class PasswordView(ConfirmationMixin, ReauthenticateView):
    pass


class CodeView(ConfirmationMixin, ReauthenticateByCodeView):
    pass


class PasskeyView(ConfirmationMixin, ReauthenticateWebAuthnView):
    def form_invalid(self, form: Form) -> HttpResponse:
        """Show this page again. allauth would show the login page."""
        for message in form.errors.get("credential", []):
            messages.error(self.request, str(message))
        return redirect(self.passthrough_next_url(self.request.path))


password = PasswordView.as_view()
code = CodeView.as_view()
passkey = PasskeyView.as_view()
