from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContentFilesConfig(AppConfig):
    name = "content_files"
    verbose_name = _("Content files")
    has_public_content = False

    def ready(self) -> None:
        # Registers system checks and connects signal receivers.
        from content_files import checks, withdrawals  # noqa: F401
