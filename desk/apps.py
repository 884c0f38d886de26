from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "desk"
    verbose_name = _("CMS")

    def ready(self) -> None:
        from desk import links  # noqa: F401 - it listens to what is published and deleted
