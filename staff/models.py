from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log
from wagtail.models import GroupPagePermission

# Permissions needed to write and translate drafts.
DRAFT_PERMISSIONS = {"wagtailadmin.access_admin", "wagtail_localize.submit_translation"}


class User(AbstractUser):
    """A CMS user. Readers and supporters never have an account."""

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
        """Set and return a password that only opens the page for choosing a new one."""
        password = get_random_string(20)
        self.set_password(password)
        self.must_change_password = True
        return password

    @classmethod
    def recipients_for(cls, person: "User | None") -> "list[User]":
        """Users to email: `person` if active with an email address, otherwise administrators."""
        if person and person.is_active and person.email:
            return [person]
        return list(cls.objects.filter(is_superuser=True, is_active=True).exclude(email=""))

    def requires_two_factor(self) -> bool:
        """True for users who can publish or have any permission beyond writing drafts."""
        if self.get_all_permissions() - DRAFT_PERMISSIONS:
            return True
        publish = GroupPagePermission.objects.filter(permission__codename="publish_page")
        return publish.filter(group__user=self).exists()

    def may_reset_log_in_of(self, colleague: "User") -> bool:
        """Whether this user may reset the login of `colleague`.

        Nobody may reset their own login. Only superusers may reset the login of a superuser.
        """
        rank = self.is_superuser or not colleague.is_superuser
        return rank and self != colleague and self.has_perm("staff.change_user")

    @transaction.atomic
    def reset_log_in(self, by: "User | None" = None) -> str:
        """For a lost device: remove second factors, end sessions and set a one-time password."""
        Authenticator.objects.filter(user=self).delete()
        password = self.set_one_time_password()
        # An account that was deleted in the meantime is not inserted again.
        self.save(update_fields=["is_active", "password", "must_change_password"])
        log(self, "staff.reset_log_in", user=by)
        return password


class GrantedPermission(models.Model):
    """A permission that a role has been given once. It is never given again.

    An empty `permission` means that the group itself was created.
    """

    role = models.CharField(max_length=150)
    permission = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["role", "permission"], name="staff_granted_once")
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.permission}"
