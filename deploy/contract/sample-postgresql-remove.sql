-- Takes Narrowgate's contract back from this database, and nothing else. Printed by narrowgate-migrate 0.1.0 from mapping.example.toml. All or nothing:
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
DROP FUNCTION IF EXISTS narrowgate.login_candidate(text);
DROP FUNCTION IF EXISTS narrowgate.get_user(text);
DROP FUNCTION IF EXISTS narrowgate.mark_migrated(text);
DROP FUNCTION IF EXISTS narrowgate.mark_migrated(text, text);
DROP FUNCTION IF EXISTS narrowgate.password_parameters(text);
DROP FUNCTION IF EXISTS narrowgate.password_matches(text, text);
DROP FUNCTION IF EXISTS narrowgate.password_parts(text, text, text);
DROP FUNCTION IF EXISTS narrowgate.password_form(text, text, text);
DROP FUNCTION IF EXISTS narrowgate.password_unpacked(text, text);
DROP FUNCTION IF EXISTS narrowgate.password_packed(text, integer);
DROP FUNCTION IF EXISTS narrowgate.password_digest(text, text);
DROP FUNCTION IF EXISTS narrowgate.candidate(text);
DROP TABLE IF EXISTS narrowgate.password_decoy;
DROP VIEW IF EXISTS narrowgate.legacy_user;
DROP VIEW IF EXISTS narrowgate.legacy_email;
DROP VIEW IF EXISTS narrowgate.legacy_phone;
DROP VIEW IF EXISTS narrowgate.legacy_username;
-- What was granted on others' tables and schemas.
DO $$
DECLARE
  what text;
BEGIN
  FOR what IN
    SELECT DISTINCT CASE d.classid WHEN 'pg_class'::regclass THEN 'TABLE ' || d.objid::regclass ELSE 'SCHEMA ' || d.objid::regnamespace END
    FROM pg_shdepend AS d
    JOIN pg_roles AS r ON r.oid = d.refobjid AND d.refclassid = 'pg_authid'::regclass
    JOIN pg_database AS b ON b.oid = d.dbid
    WHERE r.rolname = 'narrowgate_owner' AND b.datname = current_database() AND d.deptype = 'a'
      AND d.classid IN ('pg_class'::regclass, 'pg_namespace'::regclass)
  LOOP
    EXECUTE format('REVOKE ALL ON %s FROM narrowgate_owner', what);
  END LOOP;
END
$$;

-- THE MARKS GO WITH THE TABLE. Without them nobody can tell any more who has moved to Auth0. To keep them:
--   \copy narrowgate.migrated_user TO 'migrated_user.csv' CSV
--
-- Only a member may drop what a role owns, but for a superuser.
DO $$
BEGIN
  IF pg_catalog.to_regrole('narrowgate_owner') IS NOT NULL
    AND NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER)
  THEN
    EXECUTE format('GRANT narrowgate_owner TO %I', CURRENT_USER);
  END IF;
END
$$;

DROP TABLE IF EXISTS narrowgate.migrated_user;
DROP SCHEMA IF EXISTS narrowgate;

-- Roles belong to the whole server: one that another database still needs stays.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['narrowgate_api', 'narrowgate_bulk', 'narrowgate_owner'] LOOP
    BEGIN
      EXECUTE format('DROP ROLE IF EXISTS %I', name);
    EXCEPTION WHEN dependent_objects_still_exist THEN
      RAISE WARNING 'role % is kept: it still has rights here or in another database', name;
    END;
  END LOOP;
  IF EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = 'narrowgate_owner')
    AND NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER)
  THEN
    EXECUTE format('REVOKE narrowgate_owner FROM %I', CURRENT_USER);
  END IF;
END
$$;

COMMIT;
