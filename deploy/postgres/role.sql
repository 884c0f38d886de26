-- Runs once, when compose.yaml makes an empty database. Creates the role of the site. The role owns
-- its database and may create others for restores, but is not a superuser. Nobody can log in as
-- superuser over the network. On the machine itself, `docker compose exec db psql -U postgres` can.
\getenv password POSTGRES_PASSWORD
CREATE ROLE site LOGIN CREATEDB PASSWORD :'password';
-- To load the rows of a backup with a role that may only insert (dpa_site/backups/tables.py).
GRANT pg_write_all_data TO site WITH INHERIT FALSE;
CREATE DATABASE site OWNER site;
ALTER ROLE postgres PASSWORD NULL;
