-- Narrowgate's contract with this database, for PostgreSQL 13 and later. Printed by narrowgate-migrate 0.1.0 from mapping.example.toml.
-- Review it, change what you like, and apply it as a superuser in the legacy database, all or nothing:
--
--   psql -v ON_ERROR_STOP=1 -f contract.sql
--
-- It may be applied again at any time: what has not changed takes no lock that a lookup or a dump waits for. Without a superuser
-- a role with CREATEROLE, CREATE on the database, and the right to grant what section 2 grants will do. docs/database.md explains.

BEGIN READ WRITE;
-- Everything below is named in full; nothing is found by chance, or read in the client's own encoding.
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL standard_conforming_strings = on;
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

-- Whom this would harm is told before anything is made.
DO $$
DECLARE
  there text := NULLIF(obj_description(to_regnamespace('narrowgate'), 'pg_namespace'), 'Narrowgate''s marks');
BEGIN
  IF there <> 'users of sample_shop.customer by id where c.deleted_at IS NULL' THEN
    RAISE EXCEPTION 'narrowgate is there already, made from another mapping: %', there
      USING HINT = 'Is it this one, with another `where`? Print it with --accept condition. Else print it with --name NAME, and it has a schema and roles of its own; or take the other back first.';
  END IF;
  IF to_regclass('narrowgate.migrated_user') IS NULL AND EXISTS (SELECT FROM pg_publication AS p WHERE p.puballtables) THEN
    RAISE EXCEPTION 'a publication FOR ALL TABLES would send narrowgate.migrated_user to subscribers that have no such table, and they would stop'
      USING HINT = 'Make narrowgate.migrated_user on each subscriber, or let the publication list its tables. Then print this with --accept publication.';
  END IF;
END
$$;

-- 1. Roles, shared by all databases of the server: one that is already there is kept.
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

-- 2. What the owner may read, column by column. What an earlier script granted is taken away first.
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
GRANT USAGE ON SCHEMA sample_shop TO narrowgate_owner;
GRANT SELECT (customer_id, password_hash) ON sample_shop.credential TO narrowgate_owner;
GRANT SELECT (id, login, email, email_confirmed, phone, phone_confirmed, full_name, first_name, last_name, nickname, avatar_url,
  status, preferences, plan, deleted_at) ON sample_shop.customer TO narrowgate_owner;
DO $$
DECLARE
  what regclass;
BEGIN
  -- Whom row security hides is nobody, and that address free for a stranger.
  FOR what IN
    SELECT c.oid FROM pg_class AS c
    WHERE c.relrowsecurity AND c.oid = ANY (ARRAY['sample_shop.credential', 'sample_shop.customer']::regclass[])
      AND (SELECT bool_or(pg_get_expr(p.polqual, c.oid) = 'true') AND bool_and(p.polpermissive) FROM pg_policy AS p
        WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*') AND p.polroles && ARRAY[0, 'narrowgate_owner'::regrole::oid]) IS NOT TRUE
  LOOP
    RAISE EXCEPTION 'row security of % hides users from narrowgate_owner', what USING HINT =
      format('CREATE ROLE narrowgate_owner; CREATE POLICY narrowgate ON %s FOR SELECT TO narrowgate_owner USING (true);', what);
  END LOOP;
END
$$;

-- 3. What belongs to the service's role. It is kept with the role, so that a dump that is restored has it, too.
--    enable_seqscan = off: a plan made while a table was small, or by old statistics, must not turn a lookup into a walk through
--    the whole table; jit = off: nor should the artificial cost of such a walk start the compiler;
--    statement_timeout: a pooler would carry what the service sets to others. Where nothing is in between, the service says its own.
--    Another one that you gave the role stays.
--    The others take a superuser: no e-mail address among parameters in the server's log, messages in English, no disk filled.
DO $$
DECLARE
  setting text;
BEGIN
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO narrowgate_api', current_database());
  FOREACH setting IN ARRAY ARRAY['enable_seqscan=off', 'jit=off', 'statement_timeout=2s', 'lc_messages=C',
      'temp_file_limit=16MB', 'log_parameter_max_length=0', 'log_parameter_max_length_on_error=0'] LOOP
    CONTINUE WHEN EXISTS (SELECT FROM pg_db_role_setting AS s
      WHERE s.setrole = 'narrowgate_api'::regrole AND s.setdatabase = 0 AND (setting = ANY (s.setconfig)
        OR starts_with(setting, 'statement_timeout=') AND array_to_string(s.setconfig, ' ') ~ '\mstatement_timeout='));
    BEGIN
      EXECUTE format('ALTER ROLE narrowgate_api SET %s = %L', split_part(setting, '=', 1), split_part(setting, '=', 2));
    EXCEPTION WHEN insufficient_privilege THEN
      RAISE WARNING 'left out: %', setting;
    END;
  END LOOP;
END
$$;

-- 4. The schema. PUBLIC has no right in it: what is made below is out of reach until it is granted.
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
COMMENT ON SCHEMA narrowgate IS 'users of sample_shop.customer by id where c.deleted_at IS NULL';


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
-- The view stands on the tables themselves, so PostgreSQL keeps your application from changing or dropping the columns below. For a
-- migration that has to, in one transaction: the next line; the migration; and this script again.
--    DROP VIEW IF EXISTS narrowgate.legacy_user, narrowgate.legacy_email, narrowgate.legacy_phone, narrowgate.legacy_username;
CREATE VIEW narrowgate.legacy_user_new AS
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
  (c.preferences)::jsonb AS user_metadata,
  (jsonb_build_object('plan', c.plan))::jsonb AS app_metadata,
  (c.status IS DISTINCT FROM 1) AS blocked,
  (k.password_hash)::text AS password_hash,
  NULL::text AS password_salt,
  NULL::text AS password_scheme,
  (lower(c.email))::text AS email_key,
  (lower(c.login))::text AS username_key
FROM sample_shop.customer AS c
LEFT JOIN sample_shop.credential AS k ON k.customer_id = c.id
WHERE c.deleted_at IS NULL;
-- A view takes the old one's place only where it is another: no lock where nothing has changed.
DO $$
DECLARE
  name text;
  before regclass;
  after regclass;
BEGIN
  FOREACH name IN ARRAY ARRAY['legacy_user', 'legacy_email', 'legacy_phone', 'legacy_username'] LOOP
    before := to_regclass('narrowgate.' || name);
    after := to_regclass('narrowgate.' || name || '_new');
    IF name = 'legacy_user' AND EXISTS (SELECT FROM pg_rewrite AS w WHERE w.ev_class = after
      AND w.ev_action::text ~ '^[(]{QUERY [^{}]*:has(Aggs|WindowFuncs|TargetSRFs) true')
    THEN
      RAISE EXCEPTION 'narrowgate.% would not have one row a user', name
        USING HINT = 'An expression is of several rows: an aggregate, a window (OVER), or a set such as unnest(...). Put it into a subquery of this one user.';
    END IF;
    IF pg_get_viewdef(before) = pg_get_viewdef(after) THEN
      EXECUTE format('DROP VIEW %s', after);
      CONTINUE;
    END IF;
    IF before IS NOT NULL THEN
      EXECUTE format('DROP VIEW %s', before);
    END IF;
    IF after IS NOT NULL THEN
      EXECUTE format('ALTER VIEW %s RENAME TO %s', after, name);
    END IF;
  END LOOP;
EXCEPTION WHEN lock_not_available THEN
  RAISE EXCEPTION 'narrowgate.% is being read, perhaps by a dump: nothing was changed', name USING HINT = 'Apply this again later.';
END
$$;

-- 6. The questions. What holds for all of them:
--    * SECURITY DEFINER with a fixed search_path and full names: a caller's temporary objects are never looked at.
--    * A key stays NULL, and finds nobody, where the identifier cannot be of its kind: an e-mail address holds an '@', a
--      phone number is '+' and 7 to 15 digits. A username may be anything.
--    * The mark is looked up in a scalar subquery, so it stays one index probe for each of at most a few rows.
--    * At most two users. Two means that the identifier is ambiguous, and the service refuses it, unless one of the two is only
--      the column's twin. Where there are three, nobody can tell whose the third is: the first is then told twice. Who was found
--      by one kind of identifier is not counted again under another. `matched` says by which, and the service compares that column.
-- One user without the password.
CREATE OR REPLACE FUNCTION narrowgate.get_user(identifier text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  wanted_email text;
  wanted_username text;
  users text[];
  answer text;
BEGIN
  IF octet_length(identifier) > 320 THEN RETURN '[]'; END IF;
  IF strpos(identifier, '@') > 0 THEN wanted_email := lower(identifier); END IF;
  wanted_username := lower(identifier);
  users := ARRAY(
    SELECT json_build_object('matched', 'email', 'user_id', u.user_id, 'email', u.email, 'email_verified', u.email_verified, 'username', u.username,
      'phone_number', u.phone_number, 'phone_verified', u.phone_verified, 'name', u.name, 'given_name', u.given_name,
      'family_name', u.family_name, 'nickname', u.nickname, 'picture', u.picture, 'user_metadata', u.user_metadata,
      'app_metadata', u.app_metadata, 'blocked', u.blocked)::text
    FROM narrowgate.legacy_user AS u
    WHERE u.email_key = wanted_email
      AND (SELECT m.user_id FROM narrowgate.migrated_user AS m WHERE m.user_id = u.user_id COLLATE "default") IS NULL
    UNION ALL
    SELECT json_build_object('matched', 'username', 'user_id', u.user_id, 'email', u.email, 'email_verified', u.email_verified, 'username', u.username,
      'phone_number', u.phone_number, 'phone_verified', u.phone_verified, 'name', u.name, 'given_name', u.given_name,
      'family_name', u.family_name, 'nickname', u.nickname, 'picture', u.picture, 'user_metadata', u.user_metadata,
      'app_metadata', u.app_metadata, 'blocked', u.blocked)::text
    FROM narrowgate.legacy_user AS u
    WHERE u.username_key = wanted_username
      AND (u.email_key = wanted_email) IS NOT TRUE
      AND (SELECT m.user_id FROM narrowgate.migrated_user AS m WHERE m.user_id = u.user_id COLLATE "default") IS NULL
    LIMIT 3
  );
  IF cardinality(users) > 2 THEN users := ARRAY[users[1], users[1]]; END IF;
  answer := '[' || array_to_string(users, ',') || ']';
  RETURN CASE WHEN octet_length(answer) > 1048576 THEN '' ELSE answer END;
END
$$;

-- The same with the password columns.
CREATE OR REPLACE FUNCTION narrowgate.login_candidate(identifier text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  wanted_email text;
  wanted_username text;
  users text[];
  answer text;
BEGIN
  IF octet_length(identifier) > 320 THEN RETURN '[]'; END IF;
  IF strpos(identifier, '@') > 0 THEN wanted_email := lower(identifier); END IF;
  wanted_username := lower(identifier);
  users := ARRAY(
    SELECT json_build_object('matched', 'email', 'user_id', u.user_id, 'email', u.email, 'email_verified', u.email_verified, 'username', u.username,
      'phone_number', u.phone_number, 'phone_verified', u.phone_verified, 'name', u.name, 'given_name', u.given_name,
      'family_name', u.family_name, 'nickname', u.nickname, 'picture', u.picture, 'user_metadata', u.user_metadata,
      'app_metadata', u.app_metadata, 'blocked', u.blocked, 'password_hash', u.password_hash,
      'password_salt', u.password_salt, 'password_scheme', u.password_scheme)::text
    FROM narrowgate.legacy_user AS u
    WHERE u.email_key = wanted_email
      AND (SELECT m.user_id FROM narrowgate.migrated_user AS m WHERE m.user_id = u.user_id COLLATE "default") IS NULL
    UNION ALL
    SELECT json_build_object('matched', 'username', 'user_id', u.user_id, 'email', u.email, 'email_verified', u.email_verified, 'username', u.username,
      'phone_number', u.phone_number, 'phone_verified', u.phone_verified, 'name', u.name, 'given_name', u.given_name,
      'family_name', u.family_name, 'nickname', u.nickname, 'picture', u.picture, 'user_metadata', u.user_metadata,
      'app_metadata', u.app_metadata, 'blocked', u.blocked, 'password_hash', u.password_hash,
      'password_salt', u.password_salt, 'password_scheme', u.password_scheme)::text
    FROM narrowgate.legacy_user AS u
    WHERE u.username_key = wanted_username
      AND (u.email_key = wanted_email) IS NOT TRUE
      AND (SELECT m.user_id FROM narrowgate.migrated_user AS m WHERE m.user_id = u.user_id COLLATE "default") IS NULL
    LIMIT 3
  );
  IF cardinality(users) > 2 THEN users := ARRAY[users[1], users[1]]; END IF;
  answer := '[' || array_to_string(users, ',') || ']';
  RETURN CASE WHEN octet_length(answer) > 1048576 THEN '' ELSE answer END;
END
$$;
DROP TABLE IF EXISTS narrowgate.password_decoy;

-- Marks a user by the id, if there is one; the first mark's time stays. Two users of one id are an error. Ids can be counted up,
-- so an id alone tells nothing: the profile is for whoever also knows an identifier of this very user. An error would quote values.
CREATE OR REPLACE FUNCTION narrowgate.mark_migrated(user_id text, identifier text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  wanted_email text;
  wanted_username text;
  answer text;
BEGIN
  BEGIN
    IF strpos(identifier, '@') > 0 THEN wanted_email := lower(identifier); END IF;
    wanted_username := lower(identifier);
    -- A row that breaks the contract gets no mark, and an empty answer, which is an error.
    answer := (
      SELECT CASE WHEN known.by IS NULL THEN json_build_object('user_id', u.user_id)::text
        WHEN (u.email_verified IS NULL OR pg_typeof(u.email_verified) = 'boolean'::regtype) AND
          (u.phone_verified IS NULL OR pg_typeof(u.phone_verified) = 'boolean'::regtype) AND
          COALESCE(jsonb_typeof(to_jsonb(u.user_metadata)), 'null') IN ('object', 'null') AND
          COALESCE(jsonb_typeof(to_jsonb(u.app_metadata)), 'null') IN ('object', 'null') AND
          (u.blocked IS NULL OR pg_typeof(u.blocked) = 'boolean'::regtype) AND
          COALESCE(to_jsonb(u.app_metadata) -> 'legacy_blocked', 'null') IN ('null', 'false', 'true', '0', '1') THEN json_build_object('matched', known.by, 'user_id', u.user_id, 'email', u.email, 'email_verified', u.email_verified, 'username', u.username,
          'phone_number', u.phone_number, 'phone_verified', u.phone_verified, 'name', u.name, 'given_name', u.given_name,
          'family_name', u.family_name, 'nickname', u.nickname, 'picture', u.picture, 'user_metadata', u.user_metadata,
          'app_metadata', u.app_metadata, 'blocked', u.blocked)::text
        ELSE '{}' END
      FROM narrowgate.legacy_user AS u
      CROSS JOIN LATERAL (SELECT CASE WHEN u.email_key = wanted_email THEN 'email' WHEN u.username_key = wanted_username THEN 'username' END) AS known (by)
      -- The first comparison finds the row by its index; the second is exact, whatever collation the key has.
      WHERE u.user_id = mark_migrated.user_id AND u.user_id = mark_migrated.user_id COLLATE "C"
    );
    -- Where the database has no encoding, bytes that are no UTF-8 cannot be told either.
    PERFORM convert_from(convert_to(answer, 'UTF8'), 'UTF8');
  EXCEPTION WHEN data_exception THEN
    RAISE EXCEPTION 'this user cannot be read' USING ERRCODE = SQLSTATE;
  END;
  IF answer <> '{}' AND octet_length(answer) <= 1048576 THEN
    INSERT INTO narrowgate.migrated_user (user_id) VALUES (mark_migrated.user_id) ON CONFLICT DO NOTHING;
  END IF;
  RETURN CASE WHEN octet_length(answer) > 1048576 THEN '' ELSE answer END;
END
$$;

-- 7. Rights. A new function may be called by everybody, until told otherwise. What an earlier script had besides goes; of
--    the rest the text is noted, for `narrowgate check`. Whoever owns the database goes on dumping it.
DO $$
DECLARE
  dumper regrole := (SELECT r.oid FROM pg_database AS d JOIN pg_roles AS r ON r.oid = d.datdba AND NOT r.rolsuper WHERE d.datname = current_database());
  what text;
BEGIN
  IF dumper IS NOT NULL THEN
    EXECUTE format('GRANT USAGE ON SCHEMA narrowgate TO %1$s; GRANT SELECT ON narrowgate.migrated_user TO %1$s', dumper);
  END IF;
  FOR what IN
    SELECT CASE WHEN f.oid = ANY (ARRAY['narrowgate.login_candidate(text)', 'narrowgate.get_user(text)', 'narrowgate.mark_migrated(text, text)']::regprocedure[])
      THEN format('COMMENT ON FUNCTION %s IS %L', f.oid::regprocedure, pg_get_functiondef(f.oid)) ELSE format('DROP FUNCTION %s', f.oid::regprocedure) END
    FROM pg_proc AS f WHERE f.pronamespace = 'narrowgate'::regnamespace AND f.proowner = 'narrowgate_owner'::regrole
    UNION ALL
    SELECT format('COMMENT ON VIEW %s IS %L', v.oid::regclass, pg_get_viewdef(v.oid)) FROM pg_class AS v
    WHERE v.relnamespace = 'narrowgate'::regnamespace AND v.relkind = 'v' AND v.relowner = 'narrowgate_owner'::regrole
  LOOP
    EXECUTE what;
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION narrowgate.login_candidate(text), narrowgate.get_user(text), narrowgate.mark_migrated(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION narrowgate.login_candidate(text), narrowgate.get_user(text), narrowgate.mark_migrated(text, text) TO narrowgate_api;

-- 8. Questions about nobody, so that a right which is missing in section 2 is found now, and not at the first login.
SELECT narrowgate.login_candidate('narrowgate-probe@nobody.invalid'), narrowgate.login_candidate('narrowgate-probe');
SELECT narrowgate.get_user('narrowgate-probe@nobody.invalid'), narrowgate.get_user('narrowgate-probe');
SELECT narrowgate.mark_migrated('narrowgate-probe', NULL);

-- Without --bulk there are no roles for the bulk half.
DO $$
DECLARE
  name text;
BEGIN
  PERFORM set_config('role', current_setting('narrowgate.applied_by'), true);
  FOR name IN SELECT r.rolname FROM pg_roles AS r WHERE r.rolname IN ('narrowgate_bulk', 'narrowgate_marker') LOOP
    EXECUTE format('REVOKE ALL ON SCHEMA narrowgate FROM %1$I; REVOKE ALL ON narrowgate.legacy_user, narrowgate.migrated_user FROM %1$I;
      REVOKE ALL ON FUNCTION narrowgate.mark_migrated(text, text) FROM %1$I; REVOKE CONNECT ON DATABASE %2$I FROM %1$I', name, current_database());
    -- Unless another database needs it.
    IF NOT EXISTS (SELECT FROM pg_shdepend AS d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = to_regrole(name)) THEN
      EXECUTE format('DROP ROLE %I', name);
    END IF;
  END LOOP;
END
$$;
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
COMMIT;

-- 9. By hand, outside this file:
--    \password narrowgate_api                             -- psql sends what no log and no history can show
--    ALTER ROLE narrowgate_api CONNECTION LIMIT 40;       -- the service's pool_size times its instances, and some
--    pg_hba.conf: hostssl lines for narrowgate_api, for this database only, with scram-sha-256 or better cert; then
--    reject lines for them, for all other databases. Then, as narrowgate_api: narrowgate check
--    Another role than a superuser or the database's owner that dumps the database needs these rights:
--    GRANT USAGE ON SCHEMA narrowgate TO ...; GRANT SELECT ON narrowgate.migrated_user TO ...;
