"""Who sees which consent records. `consent.changes` decides who may change them."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import Q, QuerySet
from wagtail.permissions import ModelPermissionPolicy

from consent.changes import may_change, may_narrow
from consent.models import ConsentRecord
from consent.registry import consent_models


class ConsentPermissionPolicy(ModelPermissionPolicy):
    """Users see the records of what they may edit. Users who may change consent see all records.

    Nobody adds or deletes a record: each page and picture creates its own.
    """

    def user_has_permission(self, user: AbstractUser | AnonymousUser, action: str) -> bool:
        if action == "view":
            return user.has_perm("wagtailadmin.access_admin")
        return action == "change" and may_change(user)

    def user_has_permission_for_instance(
        self, user: AbstractUser | AnonymousUser, action: str, instance: ConsentRecord
    ) -> bool:
        if action == "view":
            return may_narrow(user, instance)
        return self.user_has_permission(user, action)

    def instances_user_has_any_permission_for(
        self, user: AbstractUser | AnonymousUser, actions: Iterable[str]
    ) -> QuerySet[ConsentRecord]:
        if may_change(user):
            return ConsentRecord.objects.all()
        mine = Q()
        for model in consent_models():
            mine |= Q(pk__in=model.editable_by(user).values("consent"))
        return ConsentRecord.objects.filter(mine)
