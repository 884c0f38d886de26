from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from wagtail import hooks


@hooks.register("register_permissions")
def rights() -> QuerySet[Permission]:
    """What an administrator can tick for a group."""
    return Permission.objects.filter(codename="publish_news")
