"""Emails owners about changes of their accounts that `User.save` does not see."""

from django.contrib.auth.models import Group
from django.db.models.signals import m2m_changed, pre_delete
from django.dispatch import receiver

from staff.models import User


@receiver(pre_delete, sender=User)
def mail_deletion(instance: User, **kwargs: object) -> None:
    instance.mail_change("deleted")


@receiver(pre_delete, sender=Group)
def mail_deletion_of_role(instance: Group, **kwargs: object) -> None:
    for user in User.objects.filter(groups=instance):
        user.mail_change("roles")


@receiver(m2m_changed, sender=User.groups.through)
@receiver(m2m_changed, sender=User.user_permissions.through)
def mail_change_of_roles(
    instance: User | Group, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: object
) -> None:
    if action not in {"post_add", "post_remove", "pre_clear"}:
        return
    if isinstance(instance, User):
        if not instance.is_new and (pk_set or action == "pre_clear"):
            instance.mail_change("roles")
        return
    users = instance.user_set.all() if pk_set is None else User.objects.filter(pk__in=pk_set)
    for user in users:
        user.mail_change("roles")
