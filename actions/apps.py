from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActionsConfig(AppConfig):
    name = "actions"
    verbose_name = _("Actions")
    has_public_content = True
    role_permissions = {
        "Editors": ["actions.publish_action"],
        "Campaigners": ["actions.publish_action", "actions.use_signatures"],
    }
