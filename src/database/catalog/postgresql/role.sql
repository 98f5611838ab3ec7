-- What the role is, and what it is given other than by rights on objects that exist.
WITH me AS (SELECT r.*, quote_ident(r.rolname) AS name FROM pg_roles AS r WHERE r.rolname = current_user)
SELECT 'role_attribute' AS code, format('role %s is %s', me.name, a.attribute) AS found,
  format('ALTER ROLE %s NO%s;', me.name, a.attribute) AS remedy
FROM me CROSS JOIN LATERAL (VALUES ('SUPERUSER', me.rolsuper), ('CREATEDB', me.rolcreatedb), ('CREATEROLE', me.rolcreaterole),
  ('REPLICATION', me.rolreplication), ('BYPASSRLS', me.rolbypassrls)) AS a (attribute, held)
WHERE a.held
UNION ALL
SELECT 'role_membership', format('role %s is a member of %I', me.name, r.rolname),
  format('REVOKE %I FROM %s;', r.rolname, me.name)
FROM me JOIN pg_auth_members AS m ON m.member = me.oid JOIN pg_roles AS r ON r.oid = m.roleid
UNION ALL
SELECT 'role_changed', format('the session is %I acting as %I', session_user, current_user),
  'connect as the runtime role itself' WHERE session_user <> current_user
UNION ALL
SELECT 'object_ownership', format('role %s owns %s', me.name,
    CASE WHEN d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
      THEN pg_describe_object(d.classid, d.objid, d.objsubid)
      ELSE format('an object of database %I', (SELECT b.datname FROM pg_database AS b WHERE b.oid = d.dbid)) END),
  format('REASSIGN OWNED BY %s TO the_role_that_should;', me.name)
FROM me JOIN pg_shdepend AS d ON d.refclassid = 'pg_authid'::regclass AND d.refobjid = me.oid AND d.deptype = 'o'
UNION ALL
SELECT 'default_privilege',
  format('%s on %s that %I will make%s goes to %s', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type),
    kind.words, r.rolname, coalesce(' in schema ' || quote_ident(n.nspname), ''),
    CASE a.grantee WHEN 0 THEN 'PUBLIC, which is everybody' ELSE me.rolname END),
  format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE %s ON %s FROM %s;', r.rolname,
    coalesce(' IN SCHEMA ' || quote_ident(n.nspname), ''), string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type),
    upper(kind.words), CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE me.name END)
FROM me CROSS JOIN pg_default_acl AS d CROSS JOIN LATERAL aclexplode(d.defaclacl) AS a
JOIN pg_roles AS r ON r.oid = d.defaclrole
LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace
CROSS JOIN LATERAL (SELECT CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'routines'
  WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' WHEN 'L' THEN 'large objects' END AS words) AS kind
-- Everybody's right to new routines and types is built in; an entry without a schema repeats it.
WHERE a.grantee = me.oid OR a.grantee = 0 AND NOT (d.defaclobjtype IN ('f', 'T') AND d.defaclnamespace = 0)
GROUP BY me.rolname, me.name, r.rolname, n.nspname, kind.words, a.grantee
UNION ALL
SELECT 'user_mapping', format('foreign server %I has a user mapping for %s', u.srvname, u.usename),
  format('DROP USER MAPPING FOR %s SERVER %I;', CASE u.umuser WHEN 0 THEN 'PUBLIC' ELSE me.name END, u.srvname)
FROM me JOIN pg_user_mappings AS u ON u.umuser IN (0, me.oid)
UNION ALL
-- The service keeps {connections} at most.
SELECT 'connection_limit', format('%s lets %s connections in, and the service may need {connections}: requests beyond them get 503', b.what, b.most), b.remedy
FROM (
  SELECT format('role %s', me.name), me.rolconnlimit, format('ALTER ROLE %s CONNECTION LIMIT 40;', me.name) FROM me WHERE me.rolconnlimit >= 0
  UNION ALL SELECT format('database %I', d.datname), d.datconnlimit, format('ALTER DATABASE %I CONNECTION LIMIT -1;', d.datname)
  FROM pg_database AS d WHERE d.datname = current_database() AND d.datconnlimit >= 0
  UNION ALL SELECT 'the server', current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
    'ALTER SYSTEM SET max_connections = 100; -- and restart it'
) AS b (what, most, remedy) WHERE b.most < {connections}
UNION ALL
SELECT 'password_ends', format('the password of %s ends at %s, and the service with it', me.name, me.rolvaliduntil),
  format('ALTER ROLE %s VALID UNTIL ''infinity'';', me.name)
FROM me WHERE me.rolvaliduntil < now() + interval '30 days'
UNION ALL
-- The role can do so itself, and what it sets outlives the session.
SELECT 'role_setting', format('%s is set for %s, otherwise than by the contract', split_part(s.setting, '=', 1), me.name),
  format('ALTER ROLE %s%s RESET %I;', me.name, CASE d.setdatabase WHEN 0 THEN '' ELSE format(' IN DATABASE %I', current_database()) END,
    split_part(s.setting, '=', 1))
FROM me JOIN pg_db_role_setting AS d ON d.setrole = me.oid CROSS JOIN LATERAL unnest(d.setconfig) AS s (setting)
WHERE d.setdatabase IN (0, (SELECT b.oid FROM pg_database AS b WHERE b.datname = current_database()))
  AND s.setting NOT IN ('enable_seqscan=off', 'jit=off', 'lc_messages=C', 'temp_file_limit=16MB', 'log_parameter_max_length=0',
    'log_parameter_max_length_on_error=0',
    -- What a remedy of this proof sets.
    'synchronous_commit=on', 'track_counts=on', 'default_transaction_read_only=off', 'auto_explain.log_nested_statements=off',
    'default_transaction_isolation=read committed', 'lock_timeout=0', 'debug_print_parse=off', 'debug_print_rewritten=off', 'debug_print_plan=off')
  -- How long to wait is the service's to say.
  AND s.setting !~ '^statement_timeout=[1-9][0-9]*(ms|s|min)?$'
UNION ALL
SELECT 'large_object_creation', format('every role may call %s, and so fill the disk with large objects', p.oid::regprocedure),
  format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC;', p.oid::regprocedure)
FROM pg_proc AS p
WHERE p.oid < 16384 AND p.proname IN ('lo_creat', 'lo_create', 'lo_from_bytea') AND has_function_privilege(p.oid, 'EXECUTE')
UNION ALL
SELECT 'large_objects_open', 'lo_compat_privileges = on: every role may read and write every large object',
  'ALTER SYSTEM SET lo_compat_privileges = off; SELECT pg_reload_conf();'
WHERE current_setting('lo_compat_privileges')::boolean
