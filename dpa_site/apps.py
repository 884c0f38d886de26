from django.apps import AppConfig, apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from django.db.models.signals import post_migrate


class SiteConfig(AppConfig):
    name = "dpa_site"

    def ready(self) -> None:
        from dpa_site import checks  # noqa: F401  registers them
        from dpa_site.caching import version

        # A sender makes it run once. It can be any app with models; others send no post_migrate.
        post_migrate.connect(version.install_triggers, sender=apps.get_app_config("mission"))
        if hasattr(settings, "ANYMAIL"):
            try:
                get_connection()
            except ImproperlyConfigured as error:
                missing = str(error).partition("'")[2].partition("'")[0] or error
                raise SystemExit(
                    f"EMAIL_URL lacks {missing}. See docs/operations.md for its format."
                ) from None
        if settings.SENTRY_DSN:
            from dpa_site.observability import error_reports

            error_reports.start(settings.SENTRY_DSN)
