-- Takes Narrowgate's contract back from this database, and nothing else. Printed by narrowgate-migrate 0.1.0 from mapping.example.toml. All or nothing:
--
--   psql -v ON_ERROR_STOP=1 -f remove.sql

BEGIN READ WRITE;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL quote_all_identifiers = off;
SET LOCAL client_min_messages = warning;
-- Whoever waits for this script waits no longer than that: it fails, and nothing has changed.
SET LOCAL lock_timeout = '3s';

-- What is there under our names and was not made by us stops this before anything is touched. A schema of ours has a comment that
-- says so. A role may have been made for us, or for another database.
DO $$
DECLARE
  taken text;
BEGIN
  IF obj_description(to_regnamespace('narrowgate'), 'pg_namespace') ~ '^(users of .+ by .|Narrowgate''s marks$)' THEN
    RETURN;
  END IF;
  SELECT INTO taken concat_ws(' ', what, name) FROM (
    SELECT 'function', p.oid::regprocedure::text FROM pg_proc AS p WHERE p.pronamespace = to_regnamespace('narrowgate')
    UNION ALL SELECT 'relation', c.oid::regclass::text FROM pg_class AS c WHERE c.relnamespace = to_regnamespace('narrowgate')
    UNION ALL SELECT 'schema', n.nspname FROM pg_namespace AS n
    WHERE n.nspname = 'narrowgate' AND (n.nspowner IS DISTINCT FROM to_regrole('narrowgate_owner')
      OR EXISTS (SELECT FROM pg_depend AS d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid))
    -- What a mapping may need beforehand is no sign: a policy, an account of another server, functions and types of yours.
    UNION ALL SELECT 'role', r.rolname FROM pg_roles AS r
    WHERE r.rolname IN ('narrowgate_owner', 'narrowgate_api', 'narrowgate_bulk', 'narrowgate_marker')
      AND EXISTS (SELECT FROM pg_shdepend AS d JOIN pg_database AS b ON b.oid = d.dbid AND b.datname = current_database()
        WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid AND d.classid <> 'pg_user_mapping'::regclass
        AND (d.deptype = 'o' OR d.deptype = 'a'
          AND (r.rolname <> 'narrowgate_owner' OR d.classid <> ALL (ARRAY['pg_proc', 'pg_type', 'pg_namespace', 'pg_foreign_server']::regclass[]))))
  ) AS others (what, name) LIMIT 1;
  IF taken IS NOT NULL THEN
    RAISE EXCEPTION '% is there already, and is not Narrowgate''s', taken USING HINT =
      'Print this with another --name NAME. Is it ours all the same? CREATE SCHEMA IF NOT EXISTS narrowgate AUTHORIZATION narrowgate_owner; COMMENT ON SCHEMA narrowgate IS ''Narrowgate''''s marks'';';
  END IF;
END
$$;
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
DO $$
DECLARE
  what text;
  granter text;
  before text := current_setting('role');
BEGIN
  FOR what IN
    SELECT DISTINCT CASE d.classid WHEN 'pg_class'::regclass THEN 'TABLE ' || d.objid::regclass ELSE 'SCHEMA ' || d.objid::regnamespace END
    FROM pg_shdepend AS d JOIN pg_database AS b ON b.oid = d.dbid AND b.datname = current_database()
    WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = to_regrole('narrowgate_owner') AND d.deptype = 'a'
      AND d.classid IN ('pg_class'::regclass, 'pg_namespace'::regclass)
  LOOP
    EXECUTE format('REVOKE ALL ON %s FROM narrowgate_owner', what);
  END LOOP;
  -- A superuser takes away what the object's owner granted; what others did is taken away as they.
  FOR what, granter IN
    SELECT 'TABLE ' || c.oid::regclass, pg_get_userbyid(a.grantor) FROM pg_attribute AS t JOIN pg_class AS c ON c.oid = t.attrelid
    CROSS JOIN LATERAL aclexplode(t.attacl) AS a WHERE a.grantee = to_regrole('narrowgate_owner') AND a.grantor <> c.relowner
    UNION
    SELECT 'SCHEMA ' || n.oid::regnamespace, pg_get_userbyid(a.grantor) FROM pg_namespace AS n CROSS JOIN LATERAL aclexplode(n.nspacl) AS a
    WHERE a.grantee = to_regrole('narrowgate_owner') AND a.grantor <> n.nspowner
    ORDER BY 1 DESC
  LOOP
    CONTINUE WHEN NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = CURRENT_USER);
    PERFORM set_config('role', granter, true);
    EXECUTE format('REVOKE ALL ON %s FROM narrowgate_owner', what);
    PERFORM set_config('role', before, true);
  END LOOP;
END
$$;

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

-- THE MARKS GO WITH THE TABLE. Without them nobody can tell any more who has moved to Auth0. To keep them:
--   \copy narrowgate.migrated_user TO 'migrated_user.csv' CSV
DROP TABLE IF EXISTS narrowgate.migrated_user;
-- What others have put into the schema keeps it, and it is then whose who applies this.
DO $$
DECLARE
  name text;
BEGIN
  DROP SCHEMA IF EXISTS narrowgate;
EXCEPTION WHEN dependent_objects_still_exist THEN
  RAISE WARNING 'schema narrowgate is kept: others have put something into it';
  COMMENT ON SCHEMA narrowgate IS NULL;
  FOR name IN SELECT r.rolname FROM pg_roles AS r WHERE r.rolname IN ('narrowgate_api', 'narrowgate_bulk', 'narrowgate_marker') LOOP
    EXECUTE format('REVOKE ALL ON SCHEMA narrowgate FROM %I', name);
  END LOOP;
  EXECUTE format('ALTER SCHEMA narrowgate OWNER TO %I', CURRENT_USER);
END
$$;

-- Roles belong to the whole server: one that another database still needs stays.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['narrowgate_api', 'narrowgate_bulk', 'narrowgate_marker', 'narrowgate_owner'] LOOP
    BEGIN
      EXECUTE format('DROP ROLE IF EXISTS %I', name);
    EXCEPTION WHEN dependent_objects_still_exist THEN
      RAISE WARNING 'role % is kept: it still has rights here or in another database', name;
    END;
  END LOOP;
  IF pg_catalog.to_regrole('narrowgate_owner') IS NOT NULL
    AND NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER)
  THEN
    EXECUTE format('REVOKE narrowgate_owner FROM %I', CURRENT_USER);
  END IF;
END
$$;
COMMIT;
