from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class FirstPasswordForm(SetPasswordForm):
    """Choose a new password after login with a one-time password."""

    def clean_new_password1(self) -> str:
        password = self.cleaned_data["new_password1"]
        if self.user.check_password(password):
            raise ValidationError(_("This is the one-time password. Please choose another."))
        return password


class PasskeyForm(AddWebAuthnForm):
    """Add a passkey for login without a password; allauth's script reads the hidden field."""

    passwordless = forms.BooleanField(initial=True, widget=forms.CheckboxInput({"hidden": True}))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of this passkey")
        self.fields["name"].help_text = _("Helps you recognize it later.")
