from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _
from wagtail.users.apps import WagtailUsersAppConfig


class StaffConfig(AppConfig):
    default = True
    name = "staff"
    verbose_name = _("Staff")
    has_public_content = False

    def ready(self) -> None:
        # All but `roles` connect signals.
        from staff import (  # noqa: F401
            account_changes,
            page_passwords,
            roles,
            sessions,
            two_factor,
        )

        # Wait for the last app with models: Django creates permissions for one app after another.
        *_others, last = (config for config in apps.get_app_configs() if config.models_module)
        post_migrate.connect(roles.grant_new_permissions, sender=last)


class UsersConfig(WagtailUsersAppConfig):
    """Wagtail's app for users and groups, with our own pages for users."""

    user_viewset = "staff.users.UserViewSet"
