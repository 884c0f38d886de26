from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SearchConfig(AppConfig):
    name = "search"
    verbose_name = _("Search")
    has_public_content = False
    role_permissions = {
        "Editors": [f"search.{action}_wordgroup" for action in ("add", "change", "delete", "view")],
    }

    def ready(self) -> None:
        from search import index  # noqa: F401 - connects its signal receivers
