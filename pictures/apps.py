from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PicturesConfig(AppConfig):
    name = "pictures"
    verbose_name = _("Pictures")
    has_public_content = True

    def ready(self) -> None:
        from pictures import receivers  # noqa: F401 - connects signal receivers
