from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from django.db.models.signals import post_migrate


class SiteConfig(AppConfig):
    name = "dpa_site"

    def ready(self) -> None:
        from dpa_site import checks  # noqa: F401  registers the checks
        from dpa_site.caching import takedowns, version

        post_migrate.connect(version.install_triggers, sender=self)
        post_migrate.connect(takedowns.install_triggers, sender=self)
        if hasattr(settings, "ANYMAIL"):
            try:
                get_connection()
            except ImproperlyConfigured as error:
                # Anymail quotes the name of the missing setting.
                missing = str(error).partition("'")[2].partition("'")[0] or error
                raise SystemExit(
                    f"EMAIL_URL lacks {missing}. See docs/operations.md for its format."
                ) from None
        if settings.SENTRY_DSN:
            from dpa_site.observability import error_reports

            error_reports.start(settings.SENTRY_DSN)
