-- Gives PUBLIC back what close-public.sql took. {{origin}}
--
--   psql -v ON_ERROR_STOP=1 -f open-public.sql

BEGIN READ WRITE;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL quote_all_identifiers = off;
SET LOCAL lock_timeout = '3s';
DO $$
DECLARE
  what text;
  noted text := ', ' || shobj_description(to_regrole('narrowgate_everybody'), 'pg_authid') || ', ';
  -- Of those who were given the rights by name, whoever is still there.
  by_name text := (SELECT string_agg(quote_ident(r.rolname), ', ') FROM pg_roles AS r WHERE strpos(noted, ', ' || quote_ident(r.rolname) || ', ') > 0);
BEGIN
  IF to_regrole('narrowgate_everybody') IS NULL THEN
    RETURN;
  END IF;
  FOR what IN
{{rights}}
  LOOP
    EXECUTE format('GRANT %s TO PUBLIC', what);
    EXECUTE format('REVOKE %s FROM %s', what, concat_ws(', ', 'narrowgate_everybody', by_name));
  END LOOP;
  -- Memberships go with the role.
  DROP ROLE narrowgate_everybody;
EXCEPTION WHEN dependent_objects_still_exist THEN
  RAISE EXCEPTION 'narrowgate_everybody has rights in another database, or such as only a superuser can give back'
    USING HINT = 'Leave DROP ROLE out here, and apply this there, too, or as a superuser.';
END
$$;
COMMIT;
