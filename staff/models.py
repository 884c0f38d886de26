from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
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


# `User.lock` raises AccountChanged if one of these has changed since the request read the user.
LOG_IN_FIELDS = ("password", "session_version", "is_active")


class AccountChanged(Exception):
    """Raised if an account was deleted, or its login changed, while a request used its old row."""

    def __init__(self, user: "User") -> None:
        super().__init__(user.pk)
        self.pk = user.pk


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
            # The login ignores the case of a username (`iexact`, which PostgreSQL compares in upper
            # case), and finds no account if two usernames match.
            models.UniqueConstraint(Upper("username"), name="staff_username_unique_without_case")
        ]

    # Whether the last save of this object inserted its row. Roles that the form then gives the new
    # account are not emailed as a change.
    is_new = False
    # The values of the row when this object was last read or saved. Empty for a new object.
    _row: Mapping[str, Any] = MappingProxyType({})
    # The email address from before the last save of this object. If a form changes the email
    # address, all emails about the changes in that form go to the former address.
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

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> "User":
        user = super().from_db(*args, **kwargs)
        user._remember_row()
        return user

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: "models.QuerySet[User] | None" = None,
    ) -> None:
        fields = None if fields is None else [*fields]
        super().refresh_from_db(using, fields, from_queryset)
        self._remember_row(fields)

    def _remember_row(self, fields: Iterable[str] | None = None) -> None:
        names = [field.name for field in self._meta.concrete_fields]
        self._row = {**self._row} | {
            name: self.__dict__[name]
            for name in names
            # Values of deferred fields are missing in the dictionary.
            if name in self.__dict__ and (fields is None or name in fields)
        }

    def lock(self) -> "User":
        """Lock the row and return it as it is now.

        Raises AccountChanged if the row was deleted, or if one of LOG_IN_FIELDS has changed since
        this object was read.
        """
        stored = User.objects.select_for_update().filter(pk=self.pk).first()
        if not stored or any(
            getattr(stored, name) != self._row.get(name, getattr(stored, name))
            for name in LOG_IN_FIELDS
        ):
            raise AccountChanged(self)
        return stored

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save. Also email the owner what was changed, and end sessions of a disabled user.

        Saves only the fields that this object changed, because another request may have changed the
        other fields since this object was read.
        """
        self.is_new = not self._row
        if self.is_new:
            super().save(*args, **kwargs)
            self._remember_row()
            return
        before = self.lock()
        self.former_email = before.email
        changed = {name for name, value in self._row.items() if getattr(self, name) != value}
        fields = kwargs.pop("update_fields", None)
        if fields is not None:
            changed &= {*fields}
        # At login, Django may save a stronger hash of the same password, and no other field.
        is_rehash = fields is not None and {*fields} == {"password"}
        is_disabled = "is_active" in changed and not self.is_active
        if is_disabled:
            self.session_version = before.session_version + 1
            changed.add("session_version")
        super().save(*args, update_fields=changed, **kwargs)
        self._remember_row(changed)
        if "password" in changed and not is_rehash:
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
        steps; the owner gets one email.
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
        """Refuse a username that differs from another one only in case."""
        if "username" not in (exclude or ()):
            others = User.objects.exclude(pk=self.pk).filter(username__iexact=self.username)
            if others.exists():
                raise ValidationError({"username": self.unique_error_message(User, ("username",))})
        super().validate_constraints(exclude)

    @property
    def language(self) -> str:
        """The language of emails to this user, which is the language of their CMS."""
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
        """For a lost device: remove second factors, end sessions and set a one-time password.

        Other requests that are changing the account cannot undo this: they save before this method
        locks the row, or get AccountChanged.
        """
        if not User.objects.select_for_update().filter(pk=self.pk).first():
            raise AccountChanged(self)
        Authenticator.objects.filter(user=self).delete()
        self.refresh_from_db()
        password = self.set_one_time_password()
        self.save(update_fields=["password", "must_change_password"])
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
    """A permission that a role was given automatically, after a migration.

    It is not given again, so a permission that an administrator removed stays removed.

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
