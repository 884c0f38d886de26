"""Records each change that takes something down.

After a takedown, readers must no longer see something that they could see before. For example, a
page was unpublished, deleted, moved or made private, or consent was withdrawn or changed, or a
public file or a redirect was deleted.

PostgreSQL triggers record a takedown in the transaction of the change, so changes by editors, by
commands and by psql all count. The triggers notify every process when the transaction commits.
`install_triggers` creates the triggers after each migration.
"""

from django.apps import apps
from django.db import connections
from psycopg import sql

from consent.registry import consent_models
from dpa_site.caching.version import CHANNEL, TAKEDOWN
from pictures.fields import PUBLIC_FOLDER

CHANGED = "OLD.* IS DISTINCT FROM NEW.*"
# For each model, the operations on a row that are takedowns, each with its condition in SQL.
CONDITIONS = {
    "wagtailcore.Page": {
        "UPDATE": "OLD.live AND (NOT NEW.live OR OLD.url_path <> NEW.url_path)",
        "DELETE": "OLD.live",
    },
    "wagtailcore.PageViewRestriction": {"INSERT": "true", "UPDATE": CHANGED},
    "wagtailredirects.Redirect": {"UPDATE": CHANGED, "DELETE": "true"},
    "pictures.Rendition": {"DELETE": f"starts_with(OLD.file, '{PUBLIC_FOLDER}')"},
    "consent.ConsentRecord": {"UPDATE": CHANGED, "DELETE": "true"},
    "consent.GoneUrl": {"INSERT": "true"},
}
# The takedown of each model whose objects have a consent record.
CONSENT_REPLACED = {"UPDATE": "OLD.consent_id <> NEW.consent_id"}

# Inserts one row for each transaction. The setting `dpa_site.takedown` says that the transaction
# has inserted its row already, and lasts until the transaction ends.
FUNCTION = f"""
CREATE OR REPLACE FUNCTION record_takedown() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('dpa_site.takedown', true), '') = '' THEN
        PERFORM set_config('dpa_site.takedown', 'recorded', true);
        INSERT INTO dpa_site_takedown DEFAULT VALUES;
        PERFORM pg_notify('{CHANNEL}', '{TAKEDOWN}');
    END IF;
    RETURN NULL;
END $$"""
TRIGGER = """
CREATE OR REPLACE TRIGGER {name} AFTER {operation} ON {table}
FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION record_takedown()"""


def install_triggers(using: str = "default", **signal: object) -> None:
    """Create the triggers."""
    connection = connections[using]
    models = {apps.get_model(label): conditions for label, conditions in CONDITIONS.items()}
    models |= dict.fromkeys(consent_models(), CONSENT_REPLACED)
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        cursor.execute(FUNCTION)
        for model, conditions in models.items():
            if model._meta.db_table not in tables:  # its migration has not run yet
                continue
            for operation, condition in conditions.items():
                trigger = sql.SQL(TRIGGER).format(
                    name=sql.Identifier(f"record_takedown_{operation.lower()}"),
                    operation=sql.SQL(operation),
                    table=sql.Identifier(model._meta.db_table),
                    condition=sql.SQL(condition),
                )
                cursor.execute(trigger.as_string())
