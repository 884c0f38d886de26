from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SiteSettingsConfig(AppConfig):
    name = "site_settings"
    verbose_name = _("Site settings")
    has_public_content = True
    role_permissions = {"Editors": ["site_settings.change_sitesettings"]}

    def ready(self) -> None:
        from site_settings.dates.fields import register_fields

        register_fields()
