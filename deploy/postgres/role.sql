-- Runs once, when compose.yaml makes an empty database: the role of the site, which owns its database,
-- may create others for restores, and is not a superuser. Nobody can log in as superuser over the
-- network; `docker compose exec db psql -U postgres` can.
\getenv password POSTGRES_PASSWORD
CREATE ROLE site LOGIN CREATEDB PASSWORD :'password';
-- To load the rows of a backup with a role that may only insert (dpa_site/backups/tables.py).
GRANT pg_write_all_data TO site WITH INHERIT FALSE;
CREATE DATABASE site OWNER site;
ALTER ROLE postgres PASSWORD NULL;
