from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from wagtail import hooks


@hooks.register("register_permissions")
def register_permissions() -> QuerySet[Permission]:
    """Show the permission in the group form."""
    return Permission.objects.filter(codename="publish_news")
