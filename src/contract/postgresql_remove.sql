-- Takes Narrowgate's contract back from this database, and nothing else. {{origin}} All or nothing:
--
--   psql -v ON_ERROR_STOP=1 -f remove.sql

BEGIN READ WRITE;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL quote_all_identifiers = off;
SET LOCAL client_min_messages = warning;
-- Whoever waits for this script waits no longer than that: it fails, and nothing has changed.
SET LOCAL lock_timeout = '3s';

{{guard}}
DO $$
DECLARE
  what text;
BEGIN
  IF to_regrole('narrowgate_owner') IS NOT NULL AND NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = CURRENT_USER) THEN
    EXECUTE format('GRANT narrowgate_owner TO %I', CURRENT_USER);
  END IF;
  -- Views, functions and the decoy. What others have put into the schema stays, and the schema with it.
  FOR what IN
    SELECT CASE c.relkind WHEN 'v' THEN 'VIEW ' ELSE 'TABLE ' END || c.oid::regclass FROM pg_class AS c
    WHERE c.relnamespace = to_regnamespace('narrowgate') AND c.relowner = to_regrole('narrowgate_owner')
      AND c.relname IN ('legacy_user', 'legacy_email', 'legacy_phone', 'legacy_username', 'password_decoy')
    UNION ALL
    SELECT 'FUNCTION ' || f.oid::regprocedure FROM pg_proc AS f
    WHERE f.pronamespace = to_regnamespace('narrowgate') AND f.proowner = to_regrole('narrowgate_owner')
  LOOP
    EXECUTE format('DROP %s', what);
  END LOOP;
  FOR what IN
    SELECT quote_ident(r.rolname) FROM pg_roles AS r WHERE r.rolname IN ('narrowgate_api', 'narrowgate_bulk', 'narrowgate_marker')
  LOOP
    EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM %s', current_database(), what);
    EXECUTE format('ALTER ROLE %s IN DATABASE %I RESET ALL', what, current_database());
  END LOOP;
END
$$;
-- What was granted on others' tables and schemas.
{{revoke}}

{{fixed}}
COMMIT;
