-- Narrowgate's contract with this database, for PostgreSQL 13 and later. {{origin}}
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

{{fixed}}
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
{{revoke}}
{{grants}}

-- 5. The mapping: your tables in Narrowgate's columns, one row a user.
--    Narrowgate never guesses: a flag that is no boolean, metadata that is no JSON object, an id that cannot be an Auth0 id
--    makes the row an invalid one, which is refused and counted. The last columns are what users are looked up by:
{{indexes}}
DROP VIEW IF EXISTS narrowgate.legacy_user;
{{drop_own}}
CREATE VIEW narrowgate.legacy_user AS
SELECT
{{columns}}
FROM {{from}}{{where}};
ALTER VIEW narrowgate.legacy_user OWNER TO narrowgate_owner;
GRANT SELECT ON narrowgate.legacy_user TO narrowgate_bulk;
{{own}}

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
{{questions}}

-- 7. Rights. A new function may be called by everybody, until told otherwise; and where your database has default privileges
--    (ALTER DEFAULT PRIVILEGES), others were given rights on what was made here.
{{rights}}
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
{{probes}}

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
