-- This view stands on the tables themselves (the bulk half reads it, or a lookup has a table of its own), so PostgreSQL keeps your
-- application from changing the columns below. For a migration that has to: DROP VIEW narrowgate.legacy_user; and apply this again.
CREATE VIEW narrowgate.legacy_user_new AS
SELECT
{{columns}}
FROM {{from}}{{where}};
DO $$
BEGIN
  IF pg_get_viewdef(to_regclass('narrowgate.legacy_user')) = pg_get_viewdef('narrowgate.legacy_user_new'::regclass) THEN
    DROP VIEW narrowgate.legacy_user_new;
  ELSE
    DROP VIEW IF EXISTS narrowgate.legacy_user;
    ALTER VIEW narrowgate.legacy_user_new RENAME TO legacy_user;
  END IF;
EXCEPTION WHEN lock_not_available THEN
  RAISE EXCEPTION 'narrowgate.legacy_user is being read, perhaps by a dump: nothing was changed' USING HINT = 'Apply this again later.';
END
$$;
