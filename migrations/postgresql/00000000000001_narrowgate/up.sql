-- Narrowgate's fixed objects for PostgreSQL 13 and later. Apply as a superuser, in the legacy database, all or nothing:
--
--   psql --single-transaction -v ON_ERROR_STOP=1 -f up.sql
--   or: diesel migration run --migration-dir migrations/postgresql     (Diesel wraps a migration in a transaction)
--
-- Where no superuser is to be had (managed servers), a role with CREATEROLE, and CREATE on the database, will do.
--
-- It makes a schema, three roles, one table and three functions; it reads and changes no legacy table. The other half of
-- the contract, the view narrowgate.legacy_user over your own tables, is yours: deploy/contract/sample-postgresql.sql is
-- a worked example. The functions find the view when they are called, so the view may come after this file.

-- 1. Roles, shared by all databases of the server: one that is already there is kept.
--    narrowgate_owner  owns the objects, cannot log in; the functions and the view read the legacy tables with its rights
--    narrowgate_api    the service; has no password until you set one: ALTER ROLE narrowgate_api PASSWORD '...';
--    narrowgate_bulk   the bulk migration; the same
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['narrowgate_owner', 'narrowgate_api', 'narrowgate_bulk'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOINHERIT %s', name, CASE name WHEN 'narrowgate_owner' THEN 'NOLOGIN' ELSE 'LOGIN' END);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
  END LOOP;
  -- A role of that name that can do more than we would give it was made by somebody else, for something else.
  FOR name IN
    SELECT r.rolname FROM pg_catalog.pg_roles AS r
    WHERE r.rolname IN ('narrowgate_owner', 'narrowgate_api', 'narrowgate_bulk')
      AND (r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls
        OR (r.rolname = 'narrowgate_owner' AND r.rolcanlogin)
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m WHERE m.member = r.oid))
  LOOP
    RAISE EXCEPTION 'role % exists with rights of its own', name USING HINT = 'Take them away, or rename that role.';
  END LOOP;
  -- Only a member may give objects to a role, but for a superuser. Section 5 takes the membership away again.
  IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER) THEN
    EXECUTE format('GRANT narrowgate_owner TO %I', CURRENT_USER);
  END IF;
END
$$;

-- 2. The schema. PUBLIC has no right in it: what is made below is out of reach until it is granted.
CREATE SCHEMA narrowgate AUTHORIZATION narrowgate_owner;
GRANT USAGE ON SCHEMA narrowgate TO narrowgate_api, narrowgate_bulk;

-- 3. The marks: who has moved to Auth0. To undo one: DELETE FROM narrowgate.migrated_user WHERE user_id = '...';
CREATE TABLE narrowgate.migrated_user (
  user_id text PRIMARY KEY,
  migrated_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
ALTER TABLE narrowgate.migrated_user OWNER TO narrowgate_owner;
GRANT SELECT ON narrowgate.migrated_user TO narrowgate_bulk;

-- 4. The three questions. What holds for all of them:
--    * SECURITY DEFINER with a fixed search_path and full names: a caller's temporary objects are never looked at.
--    * SET enable_seqscan = off: a plan made while a table was small, or by LIMIT 2 and old statistics, must not turn a
--      lookup into a walk through the whole table. SET jit = off: should such a walk be the only way after all, its
--      artificially high cost must not start the compiler as well.
--    * The mark is looked up in a scalar subquery, so it stays one index probe for each of at most a few rows.
--    * e-mail and username are compared in lower case: the legacy tables need an index on lower(...) of both columns, and
--      one on the expression behind user_id (see the sample contract).
--    * At most two users. Two means that the identifier is ambiguous, and the service refuses it.
--    * An identifier with '@' may be an e-mail or a username, so both are asked; the second half leaves out those whom the
--      first half has found. Without '@' it can only be a username.

CREATE FUNCTION narrowgate.get_user(identifier text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off
AS $$
DECLARE
  key text;
BEGIN
  IF octet_length(identifier) > 320 THEN
    RETURN '[]';
  END IF;
  key := lower(identifier);
  IF strpos(key, '@') > 0 THEN
    RETURN '[' || array_to_string(ARRAY(SELECT row_to_json(candidate)::text FROM (
      SELECT u.user_id, u.email, u.email_verified, u.username, u.phone_number, u.phone_verified, u.name, u.given_name,
        u.family_name, u.nickname, u.picture, u.user_metadata, u.app_metadata, u.blocked
      FROM narrowgate.legacy_user AS u
      WHERE lower(u.email) = key
        AND (SELECT m.user_id FROM narrowgate.migrated_user AS m WHERE m.user_id = u.user_id) IS NULL
      UNION ALL
      SELECT u.user_id, u.email, u.email_verified, u.username, u.phone_number, u.phone_verified, u.name, u.given_name,
        u.family_name, u.nickname, u.picture, u.user_metadata, u.app_metadata, u.blocked
      FROM narrowgate.legacy_user AS u
      WHERE lower(u.username) = key
        AND lower(u.email) IS DISTINCT FROM key
        AND (SELECT m.user_id FROM narrowgate.migrated_user AS m WHERE m.user_id = u.user_id) IS NULL
      LIMIT 2
    ) AS candidate), ',') || ']';
  END IF;
  RETURN '[' || array_to_string(ARRAY(SELECT row_to_json(candidate)::text FROM (
    SELECT u.user_id, u.email, u.email_verified, u.username, u.phone_number, u.phone_verified, u.name, u.given_name,
      u.family_name, u.nickname, u.picture, u.user_metadata, u.app_metadata, u.blocked
    FROM narrowgate.legacy_user AS u
    WHERE lower(u.username) = key
      AND (SELECT m.user_id FROM narrowgate.migrated_user AS m WHERE m.user_id = u.user_id) IS NULL
    LIMIT 2
  ) AS candidate), ',') || ']';
END
$$;

-- The same with the password columns.
CREATE FUNCTION narrowgate.login_candidate(identifier text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off
AS $$
DECLARE
  key text;
BEGIN
  IF octet_length(identifier) > 320 THEN
    RETURN '[]';
  END IF;
  key := lower(identifier);
  IF strpos(key, '@') > 0 THEN
    RETURN '[' || array_to_string(ARRAY(SELECT row_to_json(candidate)::text FROM (
      SELECT u.user_id, u.email, u.email_verified, u.username, u.phone_number, u.phone_verified, u.name, u.given_name,
        u.family_name, u.nickname, u.picture, u.user_metadata, u.app_metadata, u.blocked,
        u.password_hash, u.password_salt, u.password_scheme
      FROM narrowgate.legacy_user AS u
      WHERE lower(u.email) = key
        AND (SELECT m.user_id FROM narrowgate.migrated_user AS m WHERE m.user_id = u.user_id) IS NULL
      UNION ALL
      SELECT u.user_id, u.email, u.email_verified, u.username, u.phone_number, u.phone_verified, u.name, u.given_name,
        u.family_name, u.nickname, u.picture, u.user_metadata, u.app_metadata, u.blocked,
        u.password_hash, u.password_salt, u.password_scheme
      FROM narrowgate.legacy_user AS u
      WHERE lower(u.username) = key
        AND lower(u.email) IS DISTINCT FROM key
        AND (SELECT m.user_id FROM narrowgate.migrated_user AS m WHERE m.user_id = u.user_id) IS NULL
      LIMIT 2
    ) AS candidate), ',') || ']';
  END IF;
  RETURN '[' || array_to_string(ARRAY(SELECT row_to_json(candidate)::text FROM (
    SELECT u.user_id, u.email, u.email_verified, u.username, u.phone_number, u.phone_verified, u.name, u.given_name,
      u.family_name, u.nickname, u.picture, u.user_metadata, u.app_metadata, u.blocked,
      u.password_hash, u.password_salt, u.password_scheme
    FROM narrowgate.legacy_user AS u
    WHERE lower(u.username) = key
      AND (SELECT m.user_id FROM narrowgate.migrated_user AS m WHERE m.user_id = u.user_id) IS NULL
    LIMIT 2
  ) AS candidate), ',') || ']';
END
$$;

-- Marks a user, if there is one, and answers with it. The first mark's time stays. Two users of one id are an error.
CREATE FUNCTION narrowgate.mark_migrated(user_id text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET jit = off
AS $$
DECLARE
  answer text;
BEGIN
  answer := (SELECT row_to_json(candidate)::text FROM (
    SELECT u.user_id, u.email, u.email_verified, u.username, u.phone_number, u.phone_verified, u.name, u.given_name,
      u.family_name, u.nickname, u.picture, u.user_metadata, u.app_metadata, u.blocked
    FROM narrowgate.legacy_user AS u
    WHERE u.user_id = mark_migrated.user_id
  ) AS candidate);
  IF answer IS NOT NULL THEN
    INSERT INTO narrowgate.migrated_user (user_id) VALUES (mark_migrated.user_id) ON CONFLICT DO NOTHING;
  END IF;
  RETURN answer;
END
$$;

ALTER FUNCTION narrowgate.login_candidate(text) OWNER TO narrowgate_owner;
ALTER FUNCTION narrowgate.get_user(text) OWNER TO narrowgate_owner;
ALTER FUNCTION narrowgate.mark_migrated(text) OWNER TO narrowgate_owner;
-- A new function may be called by everybody, until told otherwise.
REVOKE ALL ON FUNCTION narrowgate.login_candidate(text), narrowgate.get_user(text), narrowgate.mark_migrated(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION narrowgate.login_candidate(text), narrowgate.get_user(text), narrowgate.mark_migrated(text)
  TO narrowgate_api;

-- 5. Nobody stays a member of the owner.
DO $$
BEGIN
  IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER) THEN
    EXECUTE format('REVOKE narrowgate_owner FROM %I', CURRENT_USER);
  END IF;
END
$$;
