-- Removes what up.sql has made, all or nothing. `narrowgate-migrate contract --drop` prints it together with the rest of the
-- contract, which has to go first: DROP SCHEMA refuses while anything is left in it.
--
--   psql --single-transaction -v ON_ERROR_STOP=1 -f down.sql
--   or: diesel migration revert --migration-dir migrations/postgresql

-- THE MARKS GO WITH THE TABLE. Without them nobody can tell any more who has moved to Auth0. To keep them:
--   \copy narrowgate.migrated_user TO 'migrated_user.csv' CSV
--
-- Only a member may drop what a role owns, but for a superuser.
DO $$
BEGIN
  IF pg_catalog.to_regrole('narrowgate_owner') IS NOT NULL
    AND NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER)
  THEN
    EXECUTE format('GRANT narrowgate_owner TO %I', CURRENT_USER);
  END IF;
END
$$;

DROP TABLE IF EXISTS narrowgate.migrated_user;
DROP SCHEMA IF EXISTS narrowgate;

-- Roles belong to the whole server: one that another database still needs stays.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['narrowgate_api', 'narrowgate_bulk', 'narrowgate_marker', 'narrowgate_owner'] LOOP
    BEGIN
      EXECUTE format('DROP ROLE IF EXISTS %I', name);
    EXCEPTION WHEN dependent_objects_still_exist THEN
      RAISE WARNING 'role % is kept: it still has rights here or in another database', name;
    END;
  END LOOP;
  IF pg_catalog.to_regrole('narrowgate_owner') IS NOT NULL
    AND NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER)
  THEN
    EXECUTE format('REVOKE narrowgate_owner FROM %I', CURRENT_USER);
  END IF;
END
$$;
