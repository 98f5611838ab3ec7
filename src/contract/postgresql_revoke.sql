DO $$
DECLARE
  what text;
  granter text;
  before text := current_setting('role');
BEGIN
  FOR what IN
    SELECT DISTINCT CASE d.classid WHEN 'pg_class'::regclass THEN 'TABLE ' || d.objid::regclass ELSE 'SCHEMA ' || d.objid::regnamespace END
    FROM pg_shdepend AS d JOIN pg_database AS b ON b.oid = d.dbid AND b.datname = current_database()
    WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = to_regrole('narrowgate_owner') AND d.deptype = 'a'
      AND d.classid IN ('pg_class'::regclass, 'pg_namespace'::regclass)
  LOOP
    EXECUTE format('REVOKE ALL ON %s FROM narrowgate_owner', what);
  END LOOP;
  -- A superuser takes away what the object's owner granted; what others did is taken away as they.
  FOR what, granter IN
    SELECT 'TABLE ' || c.oid::regclass, pg_get_userbyid(a.grantor) FROM pg_attribute AS t JOIN pg_class AS c ON c.oid = t.attrelid
    CROSS JOIN LATERAL aclexplode(t.attacl) AS a WHERE a.grantee = to_regrole('narrowgate_owner') AND a.grantor <> c.relowner
    UNION
    SELECT 'SCHEMA ' || n.oid::regnamespace, pg_get_userbyid(a.grantor) FROM pg_namespace AS n CROSS JOIN LATERAL aclexplode(n.nspacl) AS a
    WHERE a.grantee = to_regrole('narrowgate_owner') AND a.grantor <> n.nspowner
    ORDER BY 1 DESC
  LOOP
    CONTINUE WHEN NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = CURRENT_USER);
    PERFORM set_config('role', granter, true);
    EXECUTE format('REVOKE ALL ON %s FROM narrowgate_owner', what);
    PERFORM set_config('role', before, true);
  END LOOP;
END
$$;
