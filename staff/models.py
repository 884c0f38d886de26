from collections.abc import Collection, Iterable, Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Upper
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app
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

    session_version = models.PositiveIntegerField(
        _("session version"),
        default=0,
        db_default=0,
        editable=False,
        help_text=_("A new value ends all sessions of the account."),
    )

    class Meta(AbstractUser.Meta):
        constraints = [
            # In upper case, as the login looks for a username (`iexact`). It finds no account if
            # two names match.
            models.UniqueConstraint(Upper("username"), name="staff_username_unique_without_case")
        ]

    # Whether the last save of this object inserted its row. Roles that a form gives a new account
    # are no change.
    is_new = False
    # The address before the last save of this object. It also gets the emails about changes that
    # follow in the same form, so that a form cannot send them to an address that it sets.
    former_email = ""

    def get_session_auth_hash(self) -> str:
        """Django ends every session whose stored hash differs from this value, in any browser."""
        return f"{super().get_session_auth_hash()}-{self.session_version}"

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for value in super().get_session_auth_fallback_hash():
            yield f"{value}-{self.session_version}"

    @classmethod
    def end_sessions(cls, pks: Iterable[int]) -> None:
        cls.objects.filter(pk__in=pks).update(session_version=models.F("session_version") + 1)

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save. Also email the owner what was changed, and end sessions of a disabled user."""
        before, fields = None, kwargs.get("update_fields")
        self.is_new = self.pk is None
        # Django saves the time of a login alone, and a stronger hash of the same password alone.
        if fields is None or set(fields) not in ({"last_login"}, {"password"}):
            before = User.objects.select_for_update().filter(pk=self.pk).first()
        if not before:
            super().save(*args, **kwargs)
            return
        self.former_email = before.email
        changed = {
            name
            for name in ("password", "email", "is_active", "is_superuser")
            if (fields is None or name in fields) and getattr(before, name) != getattr(self, name)
        }
        is_disabled = "is_active" in changed and not self.is_active
        self.session_version = before.session_version + is_disabled
        if fields is not None:
            kwargs["update_fields"] = {*fields, "session_version"}
        super().save(*args, **kwargs)
        if "password" in changed:
            before.mail_change("reset" if self.must_change_password else "password")
        if "email" in changed:
            before.mail_change("email")
        if "is_active" in changed:
            before.mail_change("disabled" if is_disabled else "enabled")
        if "is_superuser" in changed:
            before.mail_change("roles")

    def mail_change(self, change: str) -> None:
        """Tell the owner of the account, in the background, what was changed.

        `change` is one of `CHANGES` in staff/tasks.py. A form may change several roles in several
        steps; its owner gets one email.
        """
        row = AccountChange(
            username=self.username,
            email=self.former_email or self.email,
            language=self.language,
            change=change,
        )
        is_sent_soon = change == "roles" and AccountChange.objects.filter(
            username=row.username, email=row.email, change=change
        )
        if row.email and not is_sent_soon:
            row.save()
            app.configure_task("mail_account_change").defer(account_change=row.pk)

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Refuse, beside the field, a username that differs from another one only in case."""
        if "username" not in (exclude or ()):
            others = User.objects.exclude(pk=self.pk).filter(username__iexact=self.username)
            if others.exists():
                raise ValidationError({"username": self.unique_error_message(User, ("username",))})
        super().validate_constraints(exclude)

    @property
    def language(self) -> str:
        """The language in which to write to this user: that of the CMS."""
        profile = getattr(self, "wagtail_userprofile", None)
        return (profile and profile.preferred_language) or settings.LANGUAGE_CODE

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
        is_rank_sufficient = self.is_superuser or not colleague.is_superuser
        return is_rank_sufficient and self != colleague and self.has_perm("staff.change_user")

    @transaction.atomic
    def reset_log_in(self, by: "User | None" = None) -> str:
        """For a lost device: remove second factors, end sessions and set a one-time password."""
        Authenticator.objects.filter(user=self).delete()
        password = self.set_one_time_password()
        # An account that was deleted in the meantime is not inserted again.
        self.save(update_fields=["is_active", "password", "must_change_password"])
        log(self, "staff.reset_log_in", user=by)
        return password


class AccountChange(models.Model):
    """A change of an account about which its owner has not been emailed yet.

    A job refers to this row, because jobs must not contain email addresses. The row stays when the
    account is deleted. If the email cannot be sent, the row is deleted after a day.
    """

    username = models.CharField(max_length=150)
    email = models.EmailField(help_text="the address from before the change")
    language = models.CharField(max_length=15)
    change = models.CharField(max_length=50)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.username}: {self.change}"


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
