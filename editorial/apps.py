from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EditorialConfig(AppConfig):
    name = "editorial"
    verbose_name = _("Editorial")
    has_public_content = True
    role_permissions = {
        # Publishing a translation is a separate permission.
        "Writers": ["wagtail_localize.submit_translation"],
        "Editors": [
            "wagtail_localize.submit_translation",
            *(f"wagtailredirects.{action}_redirect" for action in ("add", "change", "delete")),
            *(f"editorial.{action}_wording" for action in ("add", "change", "delete", "view")),
        ],
    }

    def ready(self) -> None:
        from editorial import deletions  # noqa: F401 - connects its signal receiver
        from editorial.clean_text import clean_saved_text
        from editorial.publishing import rules  # noqa: F401 - connects its signal receivers
        from editorial.spreadsheets import escape_wagtail_exports

        clean_saved_text()
        escape_wagtail_exports()
