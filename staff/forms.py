from django.contrib.auth.forms import SetPasswordForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class FirstPasswordForm(SetPasswordForm):
    """The password of one's own that follows a one-time password."""

    def clean_new_password1(self) -> str:
        password = self.cleaned_data["new_password1"]
        if self.user.check_password(password):
            raise ValidationError(_("This is the one-time password. Please choose another."))
        return password
