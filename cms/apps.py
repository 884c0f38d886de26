from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CmsConfig(AppConfig):
    name = "cms"
    verbose_name = _("CMS")
    has_public_content = False

    def ready(self) -> None:
        from cms import choosers, links  # noqa: F401 - change choosers, and connect receivers
        from cms.outdated_forms import views

        views.install()
