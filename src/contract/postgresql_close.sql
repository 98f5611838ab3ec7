-- Takes from PUBLIC what narrowgate_api should not have either. {{origin}} Optional: the contract works without it, and
-- `narrowgate check` tells what stays open. In a database as initdb makes it PUBLIC may make temporary tables, run code blocks,
-- store large objects, take advisory locks, write messages to the WAL, and use the schema public.
--
--   psql -v ON_ERROR_STOP=1 -f close-public.sql          and back: --close-public --drop
--
-- Everybody else goes on as before: these rights go to one role, narrowgate_everybody, and every role that is there now becomes
-- a member of it. One that is made later needs it by hand: GRANT narrowgate_everybody TO ...; Only what is yours to take is
-- taken; as a superuser, all of it. Roles are the server's, the rights this database's: apply it in each that needs it.

BEGIN READ WRITE;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL quote_all_identifiers = off;
SET LOCAL lock_timeout = '3s';
DO $$
DECLARE
  what text;
  by_name text;
  -- All names of ours. Another's may begin as they do.
  ours text[] := ARRAY['narrowgate_owner', 'narrowgate_api', 'narrowgate_bulk', 'narrowgate_marker', 'narrowgate_everybody'];
BEGIN
  IF to_regrole('narrowgate_everybody') IS NULL THEN
    CREATE ROLE narrowgate_everybody NOLOGIN;
  END IF;
  -- The roles of other contracts need it as little as ours.
  FOR what IN
    SELECT quote_ident(r.rolname) FROM pg_roles AS r
    WHERE r.rolname !~ '^pg_' AND r.rolname <> ALL (ours) AND NOT r.rolsuper AND NOT pg_has_role(r.oid, 'narrowgate_everybody', 'MEMBER')
      AND NOT EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_roles AS o ON o.oid = c.relowner
        WHERE c.relname = 'migrated_user' AND o.rolname = n.nspname || '_owner'
          AND r.rolname IN (o.rolname, n.nspname || '_api', n.nspname || '_bulk', n.nspname || '_marker'))
  LOOP
    EXECUTE format('GRANT narrowgate_everybody TO %s', what);
  END LOOP;
  -- A role that does not inherit is given them by name. The comment says which, for the way back.
  SELECT string_agg(quote_ident(r.rolname), ', ') INTO by_name FROM pg_roles AS r
  WHERE r.rolname !~ '^pg_' AND r.rolname <> ALL (ours) AND NOT r.rolsuper AND NOT r.rolinherit
    AND NOT EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_roles AS o ON o.oid = c.relowner
      WHERE c.relname = 'migrated_user' AND o.rolname = n.nspname || '_owner'
        AND r.rolname IN (o.rolname, n.nspname || '_api', n.nspname || '_bulk', n.nspname || '_marker'));
  EXECUTE format('COMMENT ON ROLE narrowgate_everybody IS %L', by_name);
  FOR what IN
{{rights}}
  LOOP
    EXECUTE format('GRANT %s TO %s', what, concat_ws(', ', 'narrowgate_everybody', by_name));
    EXECUTE format('REVOKE %s FROM PUBLIC', what);
  END LOOP;
END
$$;
COMMIT;
