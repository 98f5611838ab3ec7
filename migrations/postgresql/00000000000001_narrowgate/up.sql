-- Narrowgate's fixed objects for PostgreSQL 13 and later: two roles, a schema, the table of marks. They are also part of
-- every script that `narrowgate-migrate contract` prints, and need not be applied apart from it. All or nothing:
--
--   psql --single-transaction -v ON_ERROR_STOP=1 -f up.sql
--   or: diesel migration run --migration-dir migrations/postgresql     (Diesel wraps a migration in a transaction)

-- Roles, shared by all databases of the server: one that is already there is kept.
--    narrowgate_owner  owns the objects, cannot log in; the functions and the view read the legacy tables with its rights
--    narrowgate_api    the service; has no password until you set one
DO $$
DECLARE
  names text[] := ARRAY['narrowgate_owner', 'narrowgate_api'];
  name text;
BEGIN
  FOREACH name IN ARRAY names LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOINHERIT %s', name, CASE name WHEN 'narrowgate_owner' THEN 'NOLOGIN' ELSE 'LOGIN' END);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
  END LOOP;
  -- A role of that name that can do more than we would give it was made by somebody else, for something else.
  FOR name IN
    SELECT r.rolname FROM pg_catalog.pg_roles AS r
    WHERE r.rolname = ANY (names)
      AND (r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls
        OR (r.rolname = 'narrowgate_owner' AND r.rolcanlogin)
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m WHERE m.member = r.oid)
        -- Its members would read what it reads. (Since PostgreSQL 16 whoever made it administers it, which alone is no harm.)
        OR (r.rolname = 'narrowgate_owner' AND EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m
          JOIN pg_catalog.pg_roles AS o ON o.oid = m.member WHERE m.roleid = r.oid AND NOT o.rolsuper AND o.rolname <> CURRENT_USER
          AND 'true' IN (COALESCE(pg_catalog.to_jsonb(m) ->> 'inherit_option', 'true'), COALESCE(pg_catalog.to_jsonb(m) ->> 'set_option', 'true')))))
  LOOP
    RAISE EXCEPTION 'role % exists with rights or members of its own', name USING HINT = 'Take them away, or rename that role.';
  END LOOP;
  -- Only a member may make objects for a role, but for a superuser. The membership is taken away again at the end.
  PERFORM pg_catalog.set_config('narrowgate.applied_by', CURRENT_USER, true);
  IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER) THEN
    EXECUTE format('GRANT narrowgate_owner TO %I', CURRENT_USER);
  END IF;
  -- Where PUBLIC may not use the language of the functions, the owner may until they are made.
  IF NOT pg_catalog.has_language_privilege('narrowgate_owner', 'plpgsql', 'USAGE') THEN
    GRANT USAGE ON LANGUAGE plpgsql TO narrowgate_owner;
    PERFORM pg_catalog.set_config('narrowgate.lent', 'on', true);
  END IF;
END
$$;

-- The schema. PUBLIC has no right in it: what is made below is out of reach until it is granted.
CREATE SCHEMA IF NOT EXISTS narrowgate AUTHORIZATION narrowgate_owner;
-- What is made from here on belongs to the owner.
SET LOCAL ROLE narrowgate_owner;
GRANT USAGE ON SCHEMA narrowgate TO narrowgate_api;

-- The marks: who has moved to Auth0. To undo one: DELETE FROM narrowgate.migrated_user WHERE user_id = '...';
CREATE TABLE IF NOT EXISTS narrowgate.migrated_user (
  user_id text PRIMARY KEY,
  migrated_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
-- By this comment the schema is known as ours: another one is neither changed nor taken back.
COMMENT ON SCHEMA narrowgate IS 'Narrowgate''s marks';

-- Nobody stays a member of the owner.
DO $$
BEGIN
  PERFORM pg_catalog.set_config('role', pg_catalog.current_setting('narrowgate.applied_by'), true);
  IF pg_catalog.current_setting('narrowgate.lent', true) = 'on' THEN
    REVOKE USAGE ON LANGUAGE plpgsql FROM narrowgate_owner;
  END IF;
  IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER) THEN
    EXECUTE format('REVOKE narrowgate_owner FROM %I', CURRENT_USER);
  END IF;
END
$$;
