from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsentConfig(AppConfig):
    name = "consent"
    verbose_name = _("Consent")
    has_public_content = True
    role_permissions = {
        "Story stewards": ["consent.view_consentrecord", "consent.change_consentrecord"],
    }

    def ready(self) -> None:
        from consent import registry  # noqa: F401 - connects signal receivers
