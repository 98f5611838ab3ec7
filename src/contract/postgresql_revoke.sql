DO $$
DECLARE
  what text;
BEGIN
  FOR what IN
    SELECT DISTINCT CASE d.classid WHEN 'pg_class'::regclass THEN 'TABLE ' || d.objid::regclass ELSE 'SCHEMA ' || d.objid::regnamespace END
    FROM pg_shdepend AS d
    JOIN pg_roles AS r ON r.oid = d.refobjid AND d.refclassid = 'pg_authid'::regclass
    JOIN pg_database AS b ON b.oid = d.dbid
    WHERE r.rolname = 'narrowgate_owner' AND b.datname = current_database() AND d.deptype = 'a'
      AND d.classid IN ('pg_class'::regclass, 'pg_namespace'::regclass)
  LOOP
    EXECUTE format('REVOKE ALL ON %s FROM narrowgate_owner', what);
  END LOOP;
END
$$;
