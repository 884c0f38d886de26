from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StoriesConfig(AppConfig):
    name = "stories"
    verbose_name = _("Stories")
    has_public_content = True
    role_permissions = {"Story stewards": ["stories.publish_story"]}

    def ready(self) -> None:
        # Importing these connects signal receivers.
        from stories import receivers, submissions, workflow  # noqa: F401
