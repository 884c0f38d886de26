"""The generation of what readers see: it moves when anything changes that a public page shows.

PostgreSQL itself tells every process, at the commit of the change, whoever made it: an editor, a
command, another machine, a hand in psql. `watch` puts the triggers there after each migration.
"""

import logging
import threading
import time

import psycopg
from django.apps import apps
from django.db import connections, models
from psycopg import sql
from wagtail.models import Page

logger = logging.getLogger("dpa_site.generation")
CHANNEL = "page_generation"
# A link that died without a word is noticed within ten seconds.
KEEPALIVE = {"keepalives_idle": 4, "keepalives_interval": 2, "keepalives_count": 3}
AGAIN = 0.5  # seconds until the next try to listen

ROOMS = ("mission", "news", "stories", "issues", "actions", "editorial", "pictures", "consent")
OF_OTHERS = (
    *("wagtailcore.Page", "wagtailcore.Site", "wagtailcore.Locale", "wagtaildocs.Document"),
    *("wagtailcore.PageViewRestriction", "wagtailcore.CollectionViewRestriction"),
    *("wagtailredirects.Redirect", "wagtail_localize.Translation"),
    "wagtail_localize.TranslationSource",
)
# Written by the clock, or while readers take part, and seen by nobody outside. But for the number
# of those who signed: it may be a minute late, or a petition that many sign would keep no page.
UNSEEN = {
    *("mission.LoadedFile", "mission.SearchEntry", "editorial.ReviewMail", "consent.Reminder"),
    *("actions.Signature", "actions.Delivery", "actions.OpenGate", "actions.DayCount"),
}
# What saving a draft writes into the row of a page that is live.
OF_DRAFTS = (
    *("draft_title", "has_unpublished_changes", "latest_revision_id"),
    *("latest_revision_created_at", "go_live_at", "expire_at"),
    *("locked", "locked_at", "locked_by_id"),
)

FUNCTION = f"""
CREATE OR REPLACE FUNCTION move_page_generation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - TG_ARGV = to_jsonb(NEW) - TG_ARGV THEN
        RETURN NULL;
    END IF;
    PERFORM pg_notify('{CHANNEL}', '');
    RETURN NULL;
END $$"""
TRIGGER = """
CREATE OR REPLACE TRIGGER move_page_generation AFTER INSERT OR UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION move_page_generation({unseen})"""


def watched() -> list[type[models.Model]]:
    """The models whose rows public pages are made of."""
    of_rooms = (
        model
        for room in ROOMS
        for model in apps.get_app_config(room).get_models(include_auto_created=True)
        if model._meta.label not in UNSEEN
    )
    return [*of_rooms, *map(apps.get_model, OF_OTHERS)]


def watch(using: str = "default", **signal: object) -> None:
    """Puts a trigger on every watched table, and moves: a migration may change what pages say."""
    connection = connections[using]
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        cursor.execute(FUNCTION)
        for model in watched():
            if model._meta.managed and model._meta.db_table in there:
                unseen = map(sql.Literal, OF_DRAFTS if model is Page else ("",))
                table = sql.Identifier(model._meta.db_table)
                trigger = sql.SQL(TRIGGER).format(table=table, unseen=sql.SQL(", ").join(unseen))
                cursor.execute(trigger.as_string())
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


class Generation:
    """Its number, as one process hears of it. While `known` is false, it may have moved unheard."""

    def __init__(self) -> None:
        self.number, self.known = 0, False

    def follow(self) -> None:
        """Listens from now on. After a fork, not before: threads do not survive it."""
        threading.Thread(target=self._follow, name="page generation", daemon=True).start()

    def _follow(self) -> None:
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
            self.moved()  # perhaps while nobody listened
            self.known = True
            for _ in link.notifies():
                self.moved()

    def moved(self) -> None:
        self.number += 1


generation = Generation()
