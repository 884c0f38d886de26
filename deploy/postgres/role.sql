-- Runs once, when compose.yaml makes an empty database. The role `site` owns its database and may
-- create others for restores, but is not a superuser. The superuser can log in only on the machine
-- itself, with `docker compose exec db psql -U postgres`.
\getenv password POSTGRES_PASSWORD
CREATE ROLE site LOGIN CREATEDB PASSWORD :'password';
-- A restore loads rows as pg_write_all_data, which may write but not read (dpa_site/backups/tables.py).
GRANT pg_write_all_data TO site WITH INHERIT FALSE;
CREATE DATABASE site OWNER site;
ALTER ROLE postgres PASSWORD NULL;
