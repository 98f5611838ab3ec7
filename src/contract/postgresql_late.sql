-- A function's text is looked up when it is called, so your application's own migrations find nothing in their way. A table that
-- takes another's name is read from then on, once section 2 is granted on it: apply this again.
DO $$
BEGIN
  -- Other keys than before: what stands on them goes first, and this waits for the lookups under way.
  IF NOT EXISTS (
    SELECT FROM pg_proc AS f WHERE f.oid = to_regprocedure('narrowgate.legacy_users()')
      AND f.proargnames[18:] = {{key_names}}::text[] AND f.proallargtypes[18:] = {{key_types}}::regtype[]::oid[])
  THEN
    DROP VIEW IF EXISTS narrowgate.legacy_user;
    DROP FUNCTION IF EXISTS narrowgate.legacy_users();
  END IF;
EXCEPTION WHEN lock_not_available THEN
  RAISE EXCEPTION 'narrowgate.legacy_user is being read, perhaps by a dump: nothing was changed' USING HINT = 'Apply this again later.';
END
$$;
CREATE OR REPLACE FUNCTION narrowgate.legacy_users() RETURNS TABLE (
  {{returns}}
) LANGUAGE sql STABLE AS $$
SELECT
{{columns}}
FROM {{from}}{{where}}
$$;
DO $$
BEGIN
  CREATE VIEW narrowgate.legacy_user AS SELECT * FROM narrowgate.legacy_users();
EXCEPTION WHEN duplicate_table THEN
  NULL;
END
$$;
