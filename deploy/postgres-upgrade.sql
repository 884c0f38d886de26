-- Once, for databases whose superuser is `site`, as compose.yaml made them before 1.0.0:
--   docker compose exec -T db psql -U site -d site < deploy/postgres-upgrade.sql
-- The superuser becomes `postgres`, and a new ordinary role `site` with the same password owns the
-- database, as in deploy/postgres/role.sql. An error, such as a role `postgres` that exists already,
-- rolls back every change.
\set ON_ERROR_STOP 1
BEGIN;
-- Read the password before the rename, which clears passwords that are stored as MD5.
SELECT format('CREATE ROLE site LOGIN CREATEDB PASSWORD %L', rolpassword) AS create_site
FROM pg_authid WHERE rolname = 'site' \gset
DROP ROLE IF EXISTS upgrade; -- earlier versions of this script could leave it behind
CREATE ROLE upgrade SUPERUSER; -- because no role can rename itself
SET LOCAL SESSION AUTHORIZATION upgrade;
ALTER ROLE site RENAME TO postgres;
:create_site;
GRANT pg_write_all_data TO site WITH INHERIT FALSE;
ALTER ROLE postgres PASSWORD NULL;
ALTER DATABASE site OWNER TO site;
SELECT format('ALTER TABLE %s OWNER TO site', oid::regclass)
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') \gexec
SELECT format('ALTER ROUTINE %s OWNER TO site', oid::regprocedure)
FROM pg_proc WHERE pronamespace = 'public'::regnamespace \gexec
SELECT format('ALTER TYPE %s OWNER TO site', pg_type.oid::regtype)
FROM pg_type LEFT JOIN pg_class ON pg_class.oid = typrelid
WHERE typnamespace = 'public'::regnamespace AND (typtype = 'e' OR relkind = 'c') \gexec
RESET SESSION AUTHORIZATION;
DROP ROLE upgrade;
COMMIT;
-- Ends the connections that still have the rights of the superuser. The site opens new ones.
SELECT count(pg_terminate_backend(pid)) AS "ended connections"
FROM pg_stat_activity WHERE usename = 'postgres' AND pid <> pg_backend_pid() AND datname = 'site';
