from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """Somebody who works in the CMS. Readers and supporters never have an account."""

    must_change_password = models.BooleanField(
        _("must change password"),
        default=False,
        editable=False,
        help_text=_("Set while the password is a one-time password."),
    )

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password)
        self.must_change_password = False

    def set_one_time_password(self) -> str:
        """Give the account a password that only opens the page to choose another; return it."""
        password = get_random_string(20)
        self.set_password(password)
        self.must_change_password = True
        return password
