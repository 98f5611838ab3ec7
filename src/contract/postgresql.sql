-- Narrowgate's contract with this database, for PostgreSQL 13 and later. {{origin}}
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

{{guard}}

-- Whom this would harm is told before anything is made.
DO $$
DECLARE
  there text := NULLIF(obj_description(to_regnamespace('narrowgate'), 'pg_namespace'), 'Narrowgate''s marks');
BEGIN
  IF {{another}} THEN
    RAISE EXCEPTION 'narrowgate is there already, made from another mapping: %', there
      USING HINT = 'Is it this one, with another `where`? Print it with --accept condition. Else print it with --name NAME, and it has a schema and roles of its own; or take the other back first.';
  END IF;
{{publication}}
END
$$;

-- 1. {{roles}}
-- 2. What the owner may read, column by column. What an earlier script granted is taken away first.
{{revoke}}
{{grants}}
{{security}}

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
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO {{logins}}', current_database());
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

-- 4. {{schema}}

-- 5. The mapping: your tables in Narrowgate's columns, one row a user.
--    Narrowgate never guesses: a flag that is no boolean, metadata that is no JSON object, an id that cannot be an Auth0 id
--    makes the row an invalid one, which is refused and counted. The last columns are what users are looked up by:
{{indexes}}
{{mapping}}

-- 6. The questions. What holds for all of them:
--    * SECURITY DEFINER with a fixed search_path and full names: a caller's temporary objects are never looked at.
--    * A key stays NULL, and finds nobody, where the identifier cannot be of its kind: an e-mail address holds an '@', a
--      phone number is '+' and 7 to 15 digits. A username may be anything.
--    * The mark is looked up in a scalar subquery, so it stays one index probe for each of at most a few rows.
--    * At most two users. Two means that the identifier is ambiguous, and the service refuses it, unless one of the two is only
--      the column's twin. Where there are three, nobody can tell whose the third is: the first is then told twice. Who was found
--      by one kind of identifier is not counted again under another. `matched` says by which, and the service compares that column.
{{questions}}

-- 7. Rights. A new function may be called by everybody, until told otherwise. What an earlier script had besides goes; of
--    the rest the text is noted, for `narrowgate check`. Whoever owns the database goes on dumping it.
DO $$
DECLARE
  dumper regrole := (SELECT r.oid FROM pg_database AS d JOIN pg_roles AS r ON r.oid = d.datdba AND NOT r.rolsuper WHERE d.datname = current_database());
  what text;
BEGIN
  IF dumper IS NOT NULL THEN
    EXECUTE format('GRANT USAGE ON SCHEMA narrowgate TO %1$s; GRANT SELECT ON {{tables}} TO %1$s', dumper);
  END IF;
  FOR what IN
    SELECT CASE WHEN f.oid = ANY (ARRAY[{{functions}}]::regprocedure[])
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
{{rights}}
{{bulk}}

-- 8. Questions about nobody, so that a right which is missing in section 2 is found now, and not at the first login.
{{probes}}

{{no_bulk}}
{{end}}
COMMIT;

-- 9. By hand, outside this file:
--    \password narrowgate_api                             -- psql sends what no log and no history can show
--    ALTER ROLE narrowgate_api CONNECTION LIMIT 40;       -- the service's pool_size times its instances, and some
--    pg_hba.conf: hostssl lines for {{logins}}, for this database only, with scram-sha-256 or better cert; then
--    reject lines for them, for all other databases. Then, as narrowgate_api: narrowgate check
--    Another role than a superuser or the database's owner that dumps the database needs these rights:
--    GRANT USAGE ON SCHEMA narrowgate TO ...; GRANT SELECT ON {{tables}} TO ...;
