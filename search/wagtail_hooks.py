from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.viewsets.model import ModelViewSet

from editorial.deletions import losses
from search.models import WordGroup


@hooks.register("register_admin_viewset")
def word_group_viewset() -> ModelViewSet:
    return ModelViewSet(
        "search_words",
        model=WordGroup,
        icon="search",
        menu_label=_("Search words"),
        add_to_settings_menu=True,
        list_display=["__str__", "language", "urgent", "donation"],
        list_filter=["language", "urgent", "donation"],
        search_fields=["words"],
        form_fields=["words", "language", "one_way", "urgent", "donation"],
    )


@hooks.register("register_permissions")
def word_group_permissions() -> QuerySet:
    return Permission.objects.filter(
        content_type__app_label="search", content_type__model="wordgroup"
    )


@losses.register
def losses_of_word_group(group: WordGroup) -> list[str]:
    if group.urgent:
        return [gettext("Searches for these words then no longer show urgent help first.")]
    return [gettext("A search for one of these words then no longer finds the others.")]
