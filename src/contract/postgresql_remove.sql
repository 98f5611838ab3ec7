-- Takes Narrowgate's contract back from this database, and nothing else. {{origin}} All or nothing:
--
--   psql -v ON_ERROR_STOP=1 -f remove.sql

BEGIN READ WRITE;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL quote_all_identifiers = off;
SET LOCAL client_min_messages = warning;

DO $$
DECLARE
  privilege text;
  name text;
BEGIN
  IF to_regrole('narrowgate_owner') IS NOT NULL AND NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = CURRENT_USER) THEN
    EXECUTE format('GRANT narrowgate_owner TO %I', CURRENT_USER);
  END IF;
  -- What was taken from PUBLIC, and given to others by name. Delete these loops to keep the database closed.
  IF to_regclass('narrowgate.taken_from_public') IS NOT NULL THEN
    FOR privilege, name IN
      SELECT t.privilege, t.belongs_to FROM narrowgate.taken_from_public AS t WHERE t.given_to = 'PUBLIC'
    LOOP
      IF pg_has_role(to_regrole(name), 'USAGE') IS NOT TRUE THEN
        RAISE EXCEPTION '% was taken from PUBLIC, and only % can give it back', privilege, name USING HINT = 'Apply this as a superuser.';
      END IF;
      EXECUTE format('GRANT %s TO PUBLIC', privilege);
    END LOOP;
    FOR privilege, name IN
      SELECT t.privilege, t.given_to FROM narrowgate.taken_from_public AS t
      JOIN pg_roles AS r ON quote_ident(r.rolname) = t.given_to
    LOOP
      EXECUTE format('REVOKE %s FROM %s', privilege, name);
    END LOOP;
  END IF;
  IF to_regrole('narrowgate_bulk') IS NOT NULL THEN
    EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM narrowgate_bulk', current_database());
  END IF;
  IF to_regrole('narrowgate_api') IS NOT NULL THEN
    EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM narrowgate_api', current_database());
    EXECUTE format('ALTER ROLE narrowgate_api IN DATABASE %I RESET ALL', current_database());
  END IF;
END
$$;
DROP TABLE IF EXISTS narrowgate.taken_from_public;
{{questions}}
DROP VIEW IF EXISTS narrowgate.legacy_user;
{{drop_own}}
-- What was granted on others' tables and schemas.
{{revoke}}

{{fixed}}
COMMIT;
