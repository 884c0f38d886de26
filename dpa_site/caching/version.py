"""The cache_version of what readers see: it moves when anything changes that a public page shows.

PostgreSQL itself tells every process, at the commit of the change, whoever made it: an editor, a
command, another machine or psql. `install_triggers` creates the triggers after each migration.
"""

import logging
import threading
import time

import psycopg
from django.apps import apps
from django.db import connections, models
from psycopg import sql
from wagtail.models import Page

logger = logging.getLogger("dpa_site.caching.version")
CHANNEL = "page_change"
# A link that died without a word is noticed within ten seconds.
KEEPALIVE = {"keepalives_idle": 4, "keepalives_interval": 2, "keepalives_count": 3}
AGAIN = 0.5  # seconds until the next try to listen

WATCHED_APPS = (
    *("mission", "news", "stories", "issues", "actions", "editorial", "site_settings", "pictures"),
    "consent",
)
OTHER_MODELS = (
    *("wagtailcore.Page", "wagtailcore.Site", "wagtailcore.Locale", "wagtaildocs.Document"),
    *("wagtailcore.PageViewRestriction", "wagtailcore.CollectionViewRestriction"),
    *("wagtailredirects.Redirect", "wagtail_localize.Translation"),
    "wagtail_localize.TranslationSource",
)
# Written by the clock, or while readers take part, and seen by nobody outside. But for the number
# of those who signed: it may be a minute late, or a petition that many sign would keep no page.
UNWATCHED = {
    *("editorial.ReviewMail", "consent.Reminder"),
    *("actions.Signature", "actions.Delivery", "actions.RateLimitExemption", "actions.DayCount"),
}
# What saving a draft writes into the row of a page that is live.
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
CREATE OR REPLACE TRIGGER notify_page_change AFTER INSERT OR UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION notify_page_change({unseen})"""


def watched() -> list[type[models.Model]]:
    """The models whose rows public pages are made of."""
    own_models = (
        model
        for app in WATCHED_APPS
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
        if model._meta.label not in UNWATCHED
    )
    return [*own_models, *map(apps.get_model, OTHER_MODELS)]


def install_triggers(using: str = "default", **signal: object) -> None:
    """Puts a trigger on every watched table, and moves: a migration may change what pages say."""
    connection = connections[using]
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        cursor.execute(FUNCTION)
        for model in watched():
            if model._meta.managed and model._meta.db_table in there:
                unseen = map(sql.Literal, DRAFT_FIELDS if model is Page else ("",))
                table = sql.Identifier(model._meta.db_table)
                trigger = sql.SQL(TRIGGER).format(table=table, unseen=sql.SQL(", ").join(unseen))
                cursor.execute(trigger.as_string())
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


class CacheVersion:
    """Its number, as one process hears of it. While `known` is false, it may have moved unheard."""

    def __init__(self) -> None:
        self.number, self.known = 0, False

    def listen(self) -> None:
        """Listens from now on. After a fork, not before: threads do not survive it."""
        threading.Thread(
            target=self._listen_forever, name="page cache_version", daemon=True
        ).start()

    def _listen_forever(self) -> None:
        while True:
            try:
                self._listen()
            except psycopg.Error:
                if self.known:
                    logger.warning(
                        "The database is not available: pages are not cached until it is back"
                    )
            self.known = False
            time.sleep(AGAIN)

    def _listen(self) -> None:
        parameters = connections["default"].get_connection_params() | KEEPALIVE
        with psycopg.connect(**parameters, autocommit=True) as link:
            link.execute(f"LISTEN {CHANNEL}")
            self.increment()  # perhaps while nobody listened
            self.known = True
            for _ in link.notifies():
                self.increment()

    def increment(self) -> None:
        self.number += 1


cache_version = CacheVersion()
