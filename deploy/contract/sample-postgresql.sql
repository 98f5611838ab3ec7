-- Narrowgate's contract with this database, for PostgreSQL 13 and later. Printed by narrowgate-migrate 0.1.0 from mapping.example.toml.
-- Review it, change what you like, and apply it as a superuser in the legacy database, all or nothing:
--
--   psql -v ON_ERROR_STOP=1 -f contract.sql
--
-- It may be applied again: what is there is kept or made anew. Where no superuser is to be had (managed servers), a role with
-- CREATEROLE, CREATE on the database, and the right to grant what section 4 grants will do. No row of a legacy table is
-- changed. docs/database.md explains each part.

BEGIN READ WRITE;
-- Everything below is named in full; nothing is found by chance, or read in the client's own encoding.
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL standard_conforming_strings = on;
SET LOCAL quote_all_identifiers = off;
SET LOCAL client_min_messages = warning;

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
  -- Only a member may give objects to a role, but for a superuser. The membership is taken away again at the end.
  IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER) THEN
    EXECUTE format('GRANT narrowgate_owner TO %I', CURRENT_USER);
  END IF;
END
$$;

-- 2. The schema. PUBLIC has no right in it: what is made below is out of reach until it is granted.
CREATE SCHEMA IF NOT EXISTS narrowgate AUTHORIZATION narrowgate_owner;
GRANT USAGE ON SCHEMA narrowgate TO narrowgate_api, narrowgate_bulk;

-- 3. The marks: who has moved to Auth0. To undo one: DELETE FROM narrowgate.migrated_user WHERE user_id = '...';
CREATE TABLE IF NOT EXISTS narrowgate.migrated_user (
  user_id text PRIMARY KEY,
  migrated_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
ALTER TABLE narrowgate.migrated_user OWNER TO narrowgate_owner;
GRANT SELECT ON narrowgate.migrated_user TO narrowgate_bulk;

-- Nobody stays a member of the owner.
DO $$
BEGIN
  IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER) THEN
    EXECUTE format('REVOKE narrowgate_owner FROM %I', CURRENT_USER);
  END IF;
END
$$;

-- For the rest, the owner's rights once more, where this is no superuser.
DO $$
BEGIN
  IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER) THEN
    EXECUTE format('GRANT narrowgate_owner TO %I', CURRENT_USER);
  END IF;
END
$$;

-- 4. What the view may read, column by column. It reads with the rights of narrowgate_owner, which cannot log in.
--    (Tables with row security: add a policy for narrowgate_owner, or the view stays empty.)
--    What an earlier script granted is taken away first.
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
GRANT USAGE ON SCHEMA sample_shop TO narrowgate_owner;
GRANT SELECT (customer_id, password_hash) ON sample_shop.credential TO narrowgate_owner;
GRANT SELECT (id, login, email, email_confirmed, phone, phone_confirmed, full_name, first_name,
  last_name, nickname, avatar_url, status, preferences, plan, deleted_at) ON sample_shop.customer TO narrowgate_owner;

-- 5. The mapping: your tables in Narrowgate's columns, one row a user.
--    Narrowgate never guesses: a flag that is no boolean, metadata that is no JSON object, an id that cannot be an Auth0 id
--    makes the row an invalid one, which is refused and counted. The last columns are what users are looked up by:
--      email_key     lower(c.email)
--        needs, if there is none: CREATE INDEX CONCURRENTLY ON sample_shop.customer (lower(email));
--      username_key  lower(c.login)
--        needs, if there is none: CREATE INDEX CONCURRENTLY ON sample_shop.customer (lower(login));
--      user_id       (c.id)::text
--        needs, if there is none: CREATE UNIQUE INDEX CONCURRENTLY ON sample_shop.customer ((id::text));
--      ANALYZE the table after making an index on an expression: it has no statistics until then.
DROP VIEW IF EXISTS narrowgate.legacy_user;
DROP VIEW IF EXISTS narrowgate.legacy_email;
DROP VIEW IF EXISTS narrowgate.legacy_phone;
DROP VIEW IF EXISTS narrowgate.legacy_username;
CREATE VIEW narrowgate.legacy_user AS
SELECT
  (c.id)::text AS user_id,
  (c.email)::text AS email,
  (COALESCE(c.email_confirmed = 'Y', false)) AS email_verified,
  (c.login)::text AS username,
  (c.phone)::text AS phone_number,
  (COALESCE(c.phone_confirmed = 'Y', false)) AS phone_verified,
  (c.full_name)::text AS name,
  (c.first_name)::text AS given_name,
  (c.last_name)::text AS family_name,
  (c.nickname)::text AS nickname,
  (c.avatar_url)::text AS picture,
  (c.preferences) AS user_metadata,
  (jsonb_build_object('plan', c.plan)) AS app_metadata,
  (c.status IS DISTINCT FROM 1) AS blocked,
  (k.password_hash)::text AS password_hash,
  NULL::text AS password_salt,
  NULL::text AS password_scheme,
  (lower(c.email)) AS email_key,
  (lower(c.login)) AS username_key
FROM sample_shop.customer AS c
LEFT JOIN sample_shop.credential AS k ON k.customer_id = c.id
WHERE c.deleted_at IS NULL;
ALTER VIEW narrowgate.legacy_user OWNER TO narrowgate_owner;
GRANT SELECT ON narrowgate.legacy_user TO narrowgate_bulk;

-- 6. The questions. What holds for all of them:
--    * SECURITY DEFINER with a fixed search_path and full names: a caller's temporary objects are never looked at.
--    * narrowgate_api has enable_seqscan = off (section 7): a plan made while a table was small, or by LIMIT 2 and old
--      statistics, must not turn a lookup into a walk through the whole table. And jit = off: should such a walk be the only
--      way after all, its artificially high cost must not start the compiler as well. Set in the functions, they would cost
--      each call.
--    * A key stays NULL, and finds nobody, where the identifier cannot be of its kind: an e-mail address holds an '@', a
--      phone number is '+' and 7 to 15 digits. A username may be anything.
--    * The mark is looked up in a scalar subquery, so it stays one index probe for each of at most a few rows.
--    * At most two users. Two means that the identifier is ambiguous, and the service refuses it. Who was found by one kind
--      of identifier is not counted again under another. `matched` says by which, and the service compares that column.
-- One user without the password.
CREATE OR REPLACE FUNCTION narrowgate.get_user(identifier text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  wanted_email text;
  wanted_username text;
  answer text;
BEGIN
  IF octet_length(identifier) > 320 THEN
    RETURN '[]';
  END IF;
  IF strpos(identifier, '@') > 0 THEN
    wanted_email := lower(identifier);
  END IF;
  wanted_username := lower(identifier);
  answer := '[' || array_to_string(ARRAY(
    SELECT json_build_object('matched', 'email', 'user_id', u.user_id, 'email', u.email, 'email_verified', u.email_verified,
      'username', u.username, 'phone_number', u.phone_number, 'phone_verified', u.phone_verified,
      'name', u.name, 'given_name', u.given_name, 'family_name', u.family_name,
      'nickname', u.nickname, 'picture', u.picture, 'user_metadata', u.user_metadata,
      'app_metadata', u.app_metadata, 'blocked', u.blocked)::text
    FROM narrowgate.legacy_user AS u
    WHERE u.email_key = wanted_email
      AND (SELECT m.user_id FROM narrowgate.migrated_user AS m WHERE m.user_id = u.user_id COLLATE "default") IS NULL
    UNION ALL
    SELECT json_build_object('matched', 'username', 'user_id', u.user_id, 'email', u.email, 'email_verified', u.email_verified,
      'username', u.username, 'phone_number', u.phone_number, 'phone_verified', u.phone_verified,
      'name', u.name, 'given_name', u.given_name, 'family_name', u.family_name,
      'nickname', u.nickname, 'picture', u.picture, 'user_metadata', u.user_metadata,
      'app_metadata', u.app_metadata, 'blocked', u.blocked)::text
    FROM narrowgate.legacy_user AS u
    WHERE u.username_key = wanted_username
      AND (u.email_key = wanted_email) IS NOT TRUE
      AND (SELECT m.user_id FROM narrowgate.migrated_user AS m WHERE m.user_id = u.user_id COLLATE "default") IS NULL
    LIMIT 2
  ), ',') || ']';
  RETURN CASE WHEN octet_length(answer) > 1048576 THEN '' ELSE answer END;
END
$$;

-- The same with the password columns.
CREATE OR REPLACE FUNCTION narrowgate.login_candidate(identifier text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  wanted_email text;
  wanted_username text;
  answer text;
BEGIN
  IF octet_length(identifier) > 320 THEN
    RETURN '[]';
  END IF;
  IF strpos(identifier, '@') > 0 THEN
    wanted_email := lower(identifier);
  END IF;
  wanted_username := lower(identifier);
  answer := '[' || array_to_string(ARRAY(
    SELECT json_build_object('matched', 'email', 'user_id', u.user_id, 'email', u.email, 'email_verified', u.email_verified,
      'username', u.username, 'phone_number', u.phone_number, 'phone_verified', u.phone_verified,
      'name', u.name, 'given_name', u.given_name, 'family_name', u.family_name,
      'nickname', u.nickname, 'picture', u.picture, 'user_metadata', u.user_metadata,
      'app_metadata', u.app_metadata, 'blocked', u.blocked, 'password_hash', u.password_hash,
      'password_salt', u.password_salt, 'password_scheme', u.password_scheme)::text
    FROM narrowgate.legacy_user AS u
    WHERE u.email_key = wanted_email
      AND (SELECT m.user_id FROM narrowgate.migrated_user AS m WHERE m.user_id = u.user_id COLLATE "default") IS NULL
    UNION ALL
    SELECT json_build_object('matched', 'username', 'user_id', u.user_id, 'email', u.email, 'email_verified', u.email_verified,
      'username', u.username, 'phone_number', u.phone_number, 'phone_verified', u.phone_verified,
      'name', u.name, 'given_name', u.given_name, 'family_name', u.family_name,
      'nickname', u.nickname, 'picture', u.picture, 'user_metadata', u.user_metadata,
      'app_metadata', u.app_metadata, 'blocked', u.blocked, 'password_hash', u.password_hash,
      'password_salt', u.password_salt, 'password_scheme', u.password_scheme)::text
    FROM narrowgate.legacy_user AS u
    WHERE u.username_key = wanted_username
      AND (u.email_key = wanted_email) IS NOT TRUE
      AND (SELECT m.user_id FROM narrowgate.migrated_user AS m WHERE m.user_id = u.user_id COLLATE "default") IS NULL
    LIMIT 2
  ), ',') || ']';
  RETURN CASE WHEN octet_length(answer) > 1048576 THEN '' ELSE answer END;
END
$$;
DROP FUNCTION IF EXISTS narrowgate.password_parameters(text);
DROP FUNCTION IF EXISTS narrowgate.password_matches(text, text);
DROP FUNCTION IF EXISTS narrowgate.password_parts(text, text, text);
DROP FUNCTION IF EXISTS narrowgate.password_form(text, text, text);
DROP FUNCTION IF EXISTS narrowgate.password_unpacked(text, text);
DROP FUNCTION IF EXISTS narrowgate.password_packed(text, integer);
DROP FUNCTION IF EXISTS narrowgate.password_digest(text, text);
DROP FUNCTION IF EXISTS narrowgate.candidate(text);
DROP TABLE IF EXISTS narrowgate.password_decoy;

-- Marks a user by the id, if there is one; the first mark's time stays. Two users of one id are an error. Ids can be counted up,
-- so an id alone tells nothing: the profile is for whoever also knows an identifier of this very user. An error would quote values.
DROP FUNCTION IF EXISTS narrowgate.mark_migrated(text);
CREATE OR REPLACE FUNCTION narrowgate.mark_migrated(user_id text, identifier text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  wanted_email text;
  wanted_username text;
  found text[];
BEGIN
  BEGIN
  IF strpos(identifier, '@') > 0 THEN
    wanted_email := lower(identifier);
  END IF;
  wanted_username := lower(identifier);
    -- The answer, and whether it can be told: a row that breaks the contract gets no mark.
    found := (
      SELECT ARRAY[CASE WHEN known.by IS NULL THEN json_build_object('user_id', u.user_id)
        ELSE json_build_object('matched', known.by, 'user_id', u.user_id, 'email', u.email, 'email_verified', u.email_verified,
        'username', u.username, 'phone_number', u.phone_number, 'phone_verified', u.phone_verified,
        'name', u.name, 'given_name', u.given_name, 'family_name', u.family_name,
        'nickname', u.nickname, 'picture', u.picture, 'user_metadata', u.user_metadata,
        'app_metadata', u.app_metadata, 'blocked', u.blocked) END::text,
        CASE WHEN known.by IS NULL OR (u.email_verified IS NULL OR pg_typeof(u.email_verified) = 'boolean'::regtype) AND
          (u.phone_verified IS NULL OR pg_typeof(u.phone_verified) = 'boolean'::regtype) AND
          COALESCE(jsonb_typeof(to_jsonb(u.user_metadata)), 'null') IN ('object', 'null') AND
          COALESCE(jsonb_typeof(to_jsonb(u.app_metadata)), 'null') IN ('object', 'null') AND
          (u.blocked IS NULL OR pg_typeof(u.blocked) = 'boolean'::regtype) THEN 'yes' END]
      FROM narrowgate.legacy_user AS u
      CROSS JOIN LATERAL (SELECT CASE WHEN u.email_key = wanted_email THEN 'email' WHEN u.username_key = wanted_username THEN 'username' END) AS known (by)
      -- The first comparison finds the row by its index; the second is exact, whatever collation the key has.
      WHERE u.user_id = mark_migrated.user_id AND u.user_id = mark_migrated.user_id COLLATE "C"
    );
  EXCEPTION WHEN data_exception THEN
    RAISE EXCEPTION 'this user cannot be read' USING ERRCODE = SQLSTATE;
  END;
  IF found[2] IS NOT NULL AND octet_length(found[1]) <= 1048576 THEN
    INSERT INTO narrowgate.migrated_user (user_id) VALUES (mark_migrated.user_id) ON CONFLICT DO NOTHING;
  END IF;
  RETURN CASE WHEN octet_length(found[1]) > 1048576 THEN '' ELSE found[1] END;
END
$$;

-- 7. Rights. A new function may be called by everybody, until told otherwise; and where your database has default privileges
--    (ALTER DEFAULT PRIVILEGES), others were given rights on what was made here.
ALTER FUNCTION narrowgate.login_candidate(text) OWNER TO narrowgate_owner;
ALTER FUNCTION narrowgate.get_user(text) OWNER TO narrowgate_owner;
ALTER FUNCTION narrowgate.mark_migrated(text, text) OWNER TO narrowgate_owner;
REVOKE ALL ON FUNCTION narrowgate.login_candidate(text), narrowgate.get_user(text), narrowgate.mark_migrated(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION narrowgate.login_candidate(text), narrowgate.get_user(text), narrowgate.mark_migrated(text, text) TO narrowgate_api;
DO $$
DECLARE
  what text;
  given_to oid;
BEGIN
  FOR what, given_to IN
    SELECT made.what, a.grantee
    FROM (
      SELECT 'TABLE ' || c.oid::regclass, c.relacl, c.relnamespace, c.relowner FROM pg_class AS c WHERE c.relkind IN ('r', 'v')
      UNION ALL
      SELECT 'FUNCTION ' || f.oid::regprocedure, f.proacl, f.pronamespace, f.proowner FROM pg_proc AS f
    ) AS made (what, acl, schema, owner), aclexplode(made.acl) AS a
    WHERE made.schema = 'narrowgate'::regnamespace AND made.owner = 'narrowgate_owner'::regrole
      AND a.grantee NOT IN ('narrowgate_owner'::regrole, 'narrowgate_api'::regrole, 'narrowgate_bulk'::regrole)
    GROUP BY 1, 2
  LOOP
    EXECUTE format('REVOKE ALL ON %s FROM %s', what, CASE WHEN given_to = 0 THEN 'PUBLIC' ELSE given_to::regrole::text END);
  END LOOP;
END
$$;
-- How the service's questions are planned (section 6), and when one is given up. Kept with the role, for a pooler would carry
-- what the service sets to others. Where nothing is in between, the service says its own statement_timeout at connecting.
DO $$
BEGIN
  EXECUTE format('ALTER ROLE narrowgate_api IN DATABASE %I SET enable_seqscan = off', current_database());
  EXECUTE format('ALTER ROLE narrowgate_api IN DATABASE %I SET jit = off', current_database());
  EXECUTE format('ALTER ROLE narrowgate_api IN DATABASE %I SET statement_timeout = ''2s''', current_database());
END
$$;

-- 8. What PUBLIC may do, narrowgate_api may do too, and in a new database PUBLIC may make temporary tables, run code blocks,
--    store large objects and call whatever lies in the schema public. So these rights are taken from PUBLIC, and every other
--    role that is there now is given them by name: what runs, goes on running. Only a role that is made later does not have
--    them by itself:  GRANT TEMPORARY ON DATABASE ... TO ...;  GRANT USAGE ON SCHEMA public TO ...;
--    What is taken and given is noted, and --drop takes exactly that back. Who is no superuser can do so only with what is
--    theirs. Without this section the rest works all the same; `narrowgate check` then names what stays open.
CREATE TABLE IF NOT EXISTS narrowgate.taken_from_public (
  privilege text,
  given_to text,      -- a role, or PUBLIC for what was taken
  belongs_to text,    -- who can give that back
  PRIMARY KEY (privilege, given_to)
);
ALTER TABLE narrowgate.taken_from_public OWNER TO narrowgate_owner;
DO $$
DECLARE
  privilege text;
  owner text;
  holders oid[];
  name text;
BEGIN
  FOR privilege, owner, holders IN
    SELECT format(rights.what, a.privilege_type), rights.owner::regrole, array_agg(a.grantee)
    FROM (
      SELECT '%s ON DATABASE ' || replace(quote_ident(d.datname), '%', '%%'), COALESCE(d.datacl, acldefault('d', d.datdba)), d.datdba
      FROM pg_database AS d WHERE d.datname = current_database()
      UNION ALL
      SELECT '%s ON SCHEMA public', COALESCE(n.nspacl, acldefault('n', n.nspowner)), n.nspowner
      FROM pg_namespace AS n WHERE n.nspname = 'public'
      UNION ALL
      SELECT '%s ON LANGUAGE ' || replace(quote_ident(l.lanname), '%', '%%'), COALESCE(l.lanacl, acldefault('l', l.lanowner)), l.lanowner
      FROM pg_language AS l WHERE l.lanpltrusted AND l.lanname <> 'sql'
      UNION ALL
      SELECT '%s ON FUNCTION ' || f.oid::regprocedure, COALESCE(f.proacl, acldefault('f', f.proowner)), f.proowner
      FROM pg_proc AS f
      WHERE f.pronamespace = 'pg_catalog'::regnamespace AND f.proname IN ('lo_create', 'lo_creat', 'lo_from_bytea')
    ) AS rights (what, acl, owner), aclexplode(rights.acl) AS a
    WHERE a.privilege_type <> 'CONNECT' AND pg_has_role(rights.owner, 'USAGE')
    GROUP BY 1, 2 HAVING 0 = ANY (array_agg(a.grantee))
  LOOP
    FOR name IN
      SELECT r.rolname FROM pg_roles AS r
      WHERE r.rolname NOT LIKE 'narrowgate\_%' AND r.rolname NOT LIKE 'pg\_%' AND NOT r.rolsuper AND r.oid <> ALL (holders)
    LOOP
      EXECUTE format('GRANT %s TO %I', privilege, name);
      INSERT INTO narrowgate.taken_from_public VALUES (privilege, quote_ident(name), owner) ON CONFLICT DO NOTHING;
    END LOOP;
    EXECUTE format('REVOKE %s FROM PUBLIC', privilege);
    INSERT INTO narrowgate.taken_from_public VALUES (privilege, 'PUBLIC', owner) ON CONFLICT DO NOTHING;
  END LOOP;
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO narrowgate_api, narrowgate_bulk', current_database());
  -- Parameters are e-mail addresses: keep them out of the server's log. The service tells faults that will pass from others by
  -- the server's words, in English. Only a superuser can set these.
  IF (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = CURRENT_USER) THEN
    EXECUTE format('ALTER ROLE narrowgate_api IN DATABASE %I SET log_parameter_max_length = 0', current_database());
    EXECUTE format('ALTER ROLE narrowgate_api IN DATABASE %I SET log_parameter_max_length_on_error = 0', current_database());
    EXECUTE format('ALTER ROLE narrowgate_api IN DATABASE %I SET lc_messages = ''C''', current_database());
  END IF;
END
$$;

-- 9. Questions about nobody, so that a right which is missing in section 4 is found now, and not at the first login.
SELECT narrowgate.login_candidate('narrowgate-probe@nobody.invalid');
SELECT narrowgate.login_candidate('narrowgate-probe');
SELECT narrowgate.get_user('narrowgate-probe@nobody.invalid');
SELECT narrowgate.get_user('narrowgate-probe');
SELECT narrowgate.mark_migrated('narrowgate-probe', NULL);

-- Nobody stays a member of the owner.
DO $$
BEGIN
  IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER) THEN
    EXECUTE format('REVOKE narrowgate_owner FROM %I', CURRENT_USER);
  END IF;
END
$$;

COMMIT;

-- 10. By hand, outside this file:
--    ALTER ROLE narrowgate_api PASSWORD '...' CONNECTION LIMIT 40;    -- the service's pool_size times its instances, and some
--    ALTER ROLE narrowgate_bulk PASSWORD '...';                      -- only while the bulk migration runs
--    pg_hba.conf: hostssl lines for these two roles, for this database only, with scram-sha-256 or better cert; then reject
--    lines for them, so that the server's other databases stay closed.
--    Then, as narrowgate_api: narrowgate check
