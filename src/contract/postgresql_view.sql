-- The view stands on the tables themselves, so PostgreSQL keeps your application from changing or dropping the columns below. For a
-- migration that has to, in one transaction: the next line; the migration; and this script again.
--    DROP VIEW IF EXISTS narrowgate.legacy_user, narrowgate.legacy_email, narrowgate.legacy_phone, narrowgate.legacy_username;
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
