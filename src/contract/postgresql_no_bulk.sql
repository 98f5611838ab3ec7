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
