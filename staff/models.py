from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log
from wagtail.models import GroupPagePermission

# What it takes to write drafts, in another language too.
DRAFTING = {"wagtailadmin.access_admin", "wagtail_localize.submit_translation"}


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

    @classmethod
    def recipients_for(cls, person: "User | None") -> "list[User]":
        """Whom to mail: this person; administrators when there is none who can be reached."""
        if person and person.is_active and person.email:
            return [person]
        return list(cls.objects.filter(is_superuser=True, is_active=True).exclude(email=""))

    def needs_second_step(self) -> bool:
        """All but those who only write drafts: whoever can publish, or has any other right."""
        if self.get_all_permissions() - DRAFTING:
            return True
        publish = GroupPagePermission.objects.filter(permission__codename="publish_page")
        return publish.filter(group__user=self).exists()

    def may_reset_log_in_of(self, colleague: "User") -> bool:
        """Not one's own: who is signed in has the pages for that, and somebody else sees it."""
        rank = self.is_superuser or not colleague.is_superuser
        return rank and self != colleague and self.has_perm("staff.change_user")

    @transaction.atomic
    def reset_log_in(self, by: "User | None" = None) -> str:
        """For a lost device: no second step, no open session, and a one-time password."""
        Authenticator.objects.filter(user=self).delete()
        password = self.set_one_time_password()
        self.save()
        log(self, "staff.reset_log_in", user=by)
        return password
