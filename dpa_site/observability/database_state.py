"""What the database says about itself, compared with what the site needs."""

from collections.abc import Iterator

import psycopg
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext

from dpa_site.caching.version import cache_version
from dpa_site.observability import database_log

OLDEST_VERSION = 15


def require() -> None:
    """Exit with one sentence if the database cannot be reached."""
    try:
        psycopg.connect(**connection.get_connection_params()).close()
    except psycopg.Error as error:
        raise SystemExit(describe_error(error)) from None


def describe_error(error: Exception) -> str:
    return f"The database cannot be used: {' '.join(str(error).split())}"


def problems() -> Iterator[str]:
    """A sentence for each thing that the site needs and the database does not give."""
    if is_read_only():
        yield gettext("The database is read-only, so nothing can be saved.")
    if connection.pg_version < OLDEST_VERSION * 10_000:  # type: ignore[attr-defined]
        words = gettext("This site needs PostgreSQL %(version)s or newer.")
        yield words % {"version": OLDEST_VERSION}
    is_superuser, may_create_databases = role_rights()
    if is_superuser and not settings.DEBUG:
        yield gettext("The role in DATABASE_URL is a superuser, which is not safe.")
    if not (is_superuser or may_create_databases):
        yield gettext(
            "The role in DATABASE_URL may not create databases, so backups cannot be verified or "
            "restored."
        )
    if names := ", ".join(name for name, _value in database_log.unsafe_settings()):
        words = gettext(
            "The log of PostgreSQL may contain what readers search for and write, because of these "
            "settings: %(names)s."
        )
        yield words % {"names": names}
    if cache_version.is_unheard:
        yield gettext(
            "Notifications of the database do not arrive, so pages are not cached. Set "
            "DATABASE_LISTEN_URL to a connection without a pooler."
        )


def describe() -> str:
    """The version of the server, and the name of the role."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_user")
        version, role = cursor.fetchone()
    return gettext("PostgreSQL %(version)s, role %(role)s") % {"version": version, "role": role}


def is_read_only() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        return cursor.fetchone() == ("on",)


def role_rights() -> tuple[bool, bool]:
    """Whether the role is a superuser, and whether it may create databases."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user")
        return cursor.fetchone()
