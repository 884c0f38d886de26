from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context, ratelimit
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, get_totp_secret
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.internal import auth as webauthn
from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from wagtail.admin.forms import auth

from staff.known_browsers import known_browser
from staff.models import User


class FirstPasswordForm(SetPasswordForm):
    """Choose a new password after login with a one-time password."""

    def clean_new_password1(self) -> str:
        password = self.cleaned_data["new_password1"]
        if self.user.check_password(password):
            raise ValidationError(_("This is the one-time password. Please choose another."))
        return password


class EmailForm(forms.ModelForm):
    """Change one's own email address, which receives links for choosing a new password."""

    class Meta:
        model = User
        fields = ("email",)


class PasswordResetForm(auth.PasswordResetForm):
    """Send the email in the background, and limit how many emails an address gets.

    Known and unknown addresses cost the same queries, so that the duration does not reveal which
    addresses are known.
    """

    def save(self, **options: object) -> None:  # type: ignore[override]
        email = self.cleaned_data["email"]
        if ratelimit.consume(context.request, action="reset_password", key=email.casefold()):
            users = [user.pk for user in self.get_users(email)]
            app.configure_task("mail_password_reset").defer(users=[*users])


class AppForm(ActivateTOTPForm):
    """Connect an authenticator app.

    Installing the app may take longer than FRESH_PROOF_SECONDS. The user then confirms the login
    again, and must find the same key on this page.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        key = get_totp_secret()
        super().__init__(*args, **kwargs)
        self.secret = context.request.session[SECRET_SESSION_KEY] = key


class LogInByCodeForm(AuthenticateForm):
    """The second step of a login.

    allauth counts all wrong codes of an account together. This form counts wrong codes at login
    separately, so that somebody who has only the password cannot use up the owner's attempts on
    other pages. Each browser in which the account has logged in before has a count of its own, too.
    """

    def clean_code(self) -> str:
        browser = known_browser(context.request, self.user.username)
        key = f"code at login {self.user.pk} {browser}"
        if not ratelimit.consume(context.request, action="login_failed", key=key):
            raise get_account_adapter().validation_error("too_many_login_attempts")
        code = self.cleaned_data["code"]
        # Passkeys have no codes.
        devices = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
        for authenticator in devices.filter(user=self.user):
            if authenticator.wrap().validate_code(code):
                authenticator.user = self.user
                self.authenticator = authenticator
                ratelimit.clear(context.request, action="login_failed", key=key)
                return code
        raise get_adapter().validation_error("incorrect_code")


class CredentialMixin(forms.Form):
    """Refuse a malformed credential, whatever error parsing raises."""

    def full_clean(self) -> None:
        try:
            super().full_clean()
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
            self.data = {**self.data, "credential": ""}
            self.add_error("credential", get_adapter().validation_error("incorrect_code"))


class LogInByPasskeyForm(CredentialMixin, LoginWebAuthnForm):
    pass


class SecondStepByPasskeyForm(CredentialMixin, AuthenticateWebAuthnForm):
    """The second step of a login.

    allauth counts wrong passkeys together with the wrong codes of fresh proofs. So whoever has only
    the password could use up the owner's attempts. This form counts nothing, because nobody can
    guess a passkey.
    """

    def clean_credential(self) -> Authenticator:
        credential = self.cleaned_data["credential"]
        webauthn.parse_authentication_response(credential)
        return webauthn.complete_authentication(self.user, credential)


class ConfirmByPasskeyForm(CredentialMixin, ReauthenticateWebAuthnForm):
    pass


class PasskeyForm(CredentialMixin, AddWebAuthnForm):
    """Add a passkey for login without a password; allauth's script reads the hidden field."""

    passwordless = forms.BooleanField(initial=True, widget=forms.CheckboxInput({"hidden": True}))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of this passkey")
        self.fields["name"].help_text = _("Helps you recognize it later.")
