import socket
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

TIMEOUT = 10  # seconds
LEAST = timedelta(days=15)


class Command(BaseCommand):
    help = "Checks the certificate of SITE_URL, and says how many days are left."
    requires_system_checks: list = []

    def handle(self, **options: object) -> None:
        if not settings.HTTPS:
            raise CommandError("SITE_URL does not begin with https://, so it has no certificate.")
        try:
            certificate = _fetch()
        except OSError as error:  # of ssl too
            raise CommandError(
                f"The certificate of {settings.SITE_URL} could not be checked: {error}"
            ) from error
        begin, end = (_time(certificate[name]) for name in ("notBefore", "notAfter"))
        left = end - now()
        words = f"The certificate of {settings.SITE_URL} is valid for {left.days} more days"
        # Automatic renewal begins when a third is left. Some certificates are valid for six days.
        if left < min(LEAST, (end - begin) / 5):
            raise CommandError(f"{words}. It should have been renewed already.")
        self.stdout.write(f"{words}.")


def _fetch() -> Any:
    """The certificate, if a browser would accept it. Raises OSError otherwise."""
    url = urlsplit(settings.SITE_URL)
    host = str(url.hostname)
    with (
        socket.create_connection((host, url.port or 443), TIMEOUT) as plain,
        ssl.create_default_context().wrap_socket(plain, server_hostname=host) as encrypted,
    ):
        return encrypted.getpeercert()


def _time(text: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
