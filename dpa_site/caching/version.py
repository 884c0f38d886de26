"""The cache version: increments when anything changes that a public page shows.

PostgreSQL triggers notify every process when a change is committed, so changes by editors, by
commands, by other machines and by psql all count. `install_triggers` creates the triggers after
each migration.
"""

import logging
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import connections, models
from psycopg import sql
from wagtail.models import Page

logger = logging.getLogger("dpa_site.caching.version")
CHANNEL = "page_change"
# The payload of the additional notification after a takedown; see dpa_site/caching/takedowns.py.
TAKEDOWN = "takedown"
# TCP keepalive: a dead connection is noticed within ten seconds.
KEEPALIVE = {"keepalives_idle": 4, "keepalives_interval": 2, "keepalives_count": 3}
RECONNECT_DELAY = 0.5  # seconds
HEARD_WITHIN = 5  # seconds after which a probe that has not arrived counts as lost
POOLER_DELAY = 60  # seconds until the next try after a lost probe
PROBE = "probe:"  # the payload of a notification that only proves that notifications arrive
NOT_HEARD = (
    "Notifications of the database do not arrive, so pages are not cached. DATABASE_URL probably "
    "leads through a connection pooler. Set DATABASE_LISTEN_URL to a direct connection."
)

OTHER_MODELS = (
    *("wagtailcore.Page", "wagtailcore.Site", "wagtailcore.Locale", "wagtaildocs.Document"),
    *("wagtailcore.PageViewRestriction", "wagtailcore.CollectionViewRestriction"),
    *("wagtailredirects.Redirect", "wagtail_localize.Translation"),
    "wagtail_localize.TranslationSource",
)
# Periodic tasks and forms write to these tables. Public pages show nothing of them except how many
# people signed a petition. This number may be a minute late: with a trigger on the table, a popular
# petition would clear the cache all the time.
UNWATCHED = {
    *("editorial.DraftLink", "editorial.ReviewMail", "consent.Reminder"),
    "pictures.FormerFile",
    "actions.EncryptionState",
    *("actions.Signature", "actions.Delivery", "actions.RateLimitExemption", "actions.DayCount"),
}
# A new row of these models sends no notification, so that an upload does not clear the cache. Pages
# show a picture or consent record only after another row refers to it, and a rendition only after
# `sizes` of its picture names it.
SHOWN_BY_OTHER_ROWS = {"pictures.Picture", "pictures.Rendition", "consent.ConsentRecord"}
# Saving a draft, scheduling or locking a live page changes only these columns, which no public page
# shows. Changes to them send no notification.
DRAFT_FIELDS = (
    *("draft_title", "has_unpublished_changes", "latest_revision_id"),
    *("latest_revision_created_at", "go_live_at", "expire_at"),
    *("locked", "locked_at", "locked_by_id"),
)

FUNCTION = f"""
CREATE OR REPLACE FUNCTION notify_page_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - TG_ARGV = to_jsonb(NEW) - TG_ARGV THEN
        RETURN NULL;
    END IF;
    PERFORM pg_notify('{CHANNEL}', '');
    RETURN NULL;
END $$"""
TRIGGER = """
CREATE OR REPLACE TRIGGER notify_page_change AFTER {events} ON {table}
FOR EACH ROW EXECUTE FUNCTION notify_page_change({ignored_columns})"""


def watched() -> list[type[models.Model]]:
    """The models whose data appears on public pages."""
    own_models = (
        model
        for config in apps.get_app_configs()
        if getattr(config, "has_public_content", False)
        for model in config.get_models(include_auto_created=True)
        if model._meta.label not in UNWATCHED
    )
    return [*own_models, *map(apps.get_model, OTHER_MODELS)]


def install_triggers(using: str = "default", **signal: object) -> None:
    """Create the triggers on all watched tables, and notify: a migration may change content."""
    connection = connections[using]
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        cursor.execute(FUNCTION)
        for model in watched():
            if model._meta.managed and model._meta.db_table in tables:
                # At least one argument, because without arguments TG_ARGV is NULL. A comparison
                # with NULL would never be true, so updates without a change would notify too.
                ignored = map(sql.Literal, DRAFT_FIELDS if model is Page else ("",))
                table = sql.Identifier(model._meta.db_table)
                on_insert = model._meta.label not in SHOWN_BY_OTHER_ROWS
                events = sql.SQL("INSERT OR UPDATE OR DELETE" if on_insert else "UPDATE OR DELETE")
                trigger = sql.SQL(TRIGGER).format(
                    table=table, events=events, ignored_columns=sql.SQL(", ").join(ignored)
                )
                cursor.execute(trigger.as_string())
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


class NotHeard(Exception):
    """Raised when notifications do not arrive."""


class CacheVersion:
    """This process's view of the cache version, and how many takedowns it has been notified of.

    While `is_listening` is False, notifications may have been missed.
    """

    def __init__(self) -> None:
        self.value, self.takedowns, self.is_listening = 0, 0, False
        self.is_unheard = False  # whether notifications did not arrive at the last attempt

    def listen(self) -> None:
        """Start the listening thread. Call this after a fork, which does not copy threads."""
        threading.Thread(target=self._listen_forever, name="cache-version", daemon=True).start()

    def _listen_forever(self) -> None:
        delay = RECONNECT_DELAY
        while True:
            try:
                self._listen()
            except psycopg.Error:
                if self.is_listening:
                    logger.warning(
                        "The database is not available: pages are not cached until it is back"
                    )
                delay = RECONNECT_DELAY
            except NotHeard:
                logger.error(NOT_HEARD)
                self.is_unheard = True
                delay = POOLER_DELAY
            self.is_listening = False
            time.sleep(delay)

    def _listen(self) -> None:
        """Count notifications. Raises NotHeard if none can arrive.

        Connection poolers that lend a connection for one transaction drop notifications silently.
        """
        with _listener() as (listener, probe):
            while True:
                for notification in listener.notifies(timeout=HEARD_WITHIN):
                    if notification.payload == probe:
                        self.increment()  # something may have changed before LISTEN
                        self.is_listening, self.is_unheard = True, False
                    elif not notification.payload.startswith(PROBE):
                        self.takedowns += notification.payload == TAKEDOWN
                        self.increment()
                if not self.is_listening:
                    raise NotHeard

    def increment(self) -> None:
        self.value += 1


def is_heard() -> bool:
    """Whether a notification arrives. Takes HEARD_WITHIN seconds if it does not."""
    with _listener() as (listener, probe):
        return any(one.payload == probe for one in listener.notifies(timeout=HEARD_WITHIN))


@contextmanager
def _listener() -> Iterator[tuple[psycopg.Connection, str]]:
    """A connection that listens, and the payload of a probe that was sent to it."""
    probe = f"{PROBE}{secrets.token_hex(8)}"
    with psycopg.connect(**_listener_parameters(), autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        _notify(probe)
        yield listener, probe


def _listener_parameters() -> dict[str, Any]:
    if settings.DATABASE_LISTEN_URL:
        return {"conninfo": settings.DATABASE_LISTEN_URL, **KEEPALIVE}
    return connections["default"].get_connection_params() | KEEPALIVE


def _notify(payload: str) -> None:
    parameters = connections["default"].get_connection_params()
    with psycopg.connect(**parameters, autocommit=True) as sender:
        sender.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


cache_version = CacheVersion()
