-- With whose rights the contract works: the owners of its schema, view, marks, and of what runs as its owner there. They should
-- be one role that nobody is, and that may do nothing else.
WITH space AS (SELECT n.oid, n.nspowner FROM pg_namespace AS n WHERE n.nspname = 'narrowgate'),
owned (kind, name, owner) AS (
  -- Whoever owns the schema can put something else in a routine's place; a superuser can anyway.
  SELECT 'SCHEMA', 'narrowgate', s.nspowner FROM space AS s JOIN pg_roles AS r ON r.oid = s.nspowner AND NOT r.rolsuper
  UNION ALL
  SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, format('narrowgate.%I', c.relname), c.relowner
  FROM pg_class AS c JOIN space AS s ON s.oid = c.relnamespace
  WHERE c.relname IN ('legacy_user', 'migrated_user', 'password_decoy')
  UNION ALL
  SELECT 'FUNCTION', format('narrowgate.%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid)), p.proowner
  FROM pg_proc AS p JOIN space AS s ON s.oid = p.pronamespace WHERE p.prosecdef
),
owner AS (
  SELECT r.*, r.rolname = 'narrowgate_owner' AS ours FROM pg_roles AS r WHERE r.oid IN (SELECT o.owner FROM owned AS o)
),
danger (owner, words, remedy) AS (
  SELECT o.oid, a.attribute, format('ALTER ROLE %I NO%s;', o.rolname, a.attribute)
  FROM owner AS o CROSS JOIN LATERAL (VALUES ('SUPERUSER', o.rolsuper), ('CREATEDB', o.rolcreatedb), ('CREATEROLE', o.rolcreaterole),
    ('REPLICATION', o.rolreplication), ('BYPASSRLS', o.rolbypassrls)) AS a (attribute, held)
  WHERE a.held
  UNION ALL
  SELECT o.oid, format('a member of %I', r.rolname), format('REVOKE %I FROM %I;', r.rolname, o.rolname)
  FROM owner AS o JOIN pg_auth_members AS m ON m.member = o.oid JOIN pg_roles AS r ON r.oid = m.roleid
  UNION ALL
  SELECT o.oid, 'the runtime role itself', '' FROM owner AS o WHERE o.rolname = current_user
),
-- What the views of the contract stand on.
needed AS (
  SELECT d.refclassid, d.refobjid, d.refobjsubid FROM pg_depend AS d JOIN pg_rewrite AS w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
  JOIN pg_class AS v ON v.oid = w.ev_class JOIN space AS s ON s.oid = v.relnamespace
),
dangers AS (
  SELECT d.owner, string_agg(d.words, ', ') AS words, string_agg(d.remedy, ' ') AS remedy FROM danger AS d GROUP BY d.owner
)
SELECT DISTINCT 'unsafe_owner' AS code,
  format('%s belongs to %I, which is %s', CASE WHEN r.ours THEN 'the contract' ELSE o.name END, r.rolname, d.words) AS found,
  CASE WHEN r.ours THEN d.remedy ELSE format('ALTER %s %s OWNER TO narrowgate_owner;', o.kind, o.name) END AS remedy
FROM owned AS o JOIN owner AS r ON r.oid = o.owner JOIN dangers AS d ON d.owner = o.owner
UNION ALL
SELECT 'owner_unknown', format('%s belongs to %I, not to narrowgate_owner', o.name, r.rolname),
  format('ALTER %s %s OWNER TO narrowgate_owner;', o.kind, o.name)
FROM owned AS o JOIN owner AS r ON r.oid = o.owner
WHERE NOT r.ours AND NOT EXISTS (SELECT FROM danger AS d WHERE d.owner = o.owner)
UNION ALL
SELECT 'unsafe_owner', format('%I, with whose rights the contract works, may %s %I.%I', r.rolname,
    string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), n.nspname, c.relname),
  format('REVOKE %s ON %I.%I FROM %I;', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), n.nspname, c.relname, r.rolname)
FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a JOIN owner AS r ON r.oid = a.grantee AND NOT r.rolsuper
JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname <> 'narrowgate'
WHERE c.relkind <> 'S' AND a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') AND c.relowner <> r.oid
GROUP BY r.rolname, n.nspname, c.relname
UNION ALL
-- The contract gives the owner columns to read, and nothing besides.
SELECT 'unsafe_owner', format('%I, with whose rights the contract works, may %s %I.%I%s', r.rolname, a.privilege_type, n.nspname, c.relname,
    coalesce(' (' || quote_ident(t.attname) || ')', ', all of it')),
  format('REVOKE %s%s ON %I.%I FROM %I;', a.privilege_type, coalesce(' (' || quote_ident(t.attname) || ')', ''), n.nspname, c.relname, r.rolname)
    || CASE WHEN t.attname IS NULL AND a.privilege_type = 'SELECT' THEN ' -- and apply the contract again: its columns go with that' ELSE '' END
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname <> 'narrowgate'
CROSS JOIN LATERAL (
  SELECT NULL::name AS attname, c.relacl AS acl WHERE c.relkind <> 'S'
  UNION ALL SELECT t.attname, t.attacl FROM pg_attribute AS t WHERE t.attrelid = c.oid AND t.attacl IS NOT NULL
) AS t CROSS JOIN LATERAL aclexplode(t.acl) AS a JOIN owner AS r ON r.oid = a.grantee AND NOT r.rolsuper AND c.relowner <> r.oid
WHERE t.attname IS NULL AND a.privilege_type IN ('SELECT', 'REFERENCES', 'TRIGGER') OR t.attname IS NOT NULL AND a.privilege_type <> 'SELECT'
UNION ALL
SELECT 'owner_reads_more', format('%I, with whose rights the contract works, may read columns of %I.%I that no view of the contract reads: %s',
    r.rolname, n.nspname, c.relname, string_agg(quote_ident(t.attname), ', ')),
  format('REVOKE SELECT (%s) ON %I.%I FROM %I; -- as whoever granted it, unless the view reads whole rows', string_agg(quote_ident(t.attname), ', '), n.nspname, c.relname, r.rolname)
FROM pg_attribute AS t JOIN pg_class AS c ON c.oid = t.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname <> 'narrowgate'
CROSS JOIN LATERAL aclexplode(t.attacl) AS a JOIN owner AS r ON r.oid = a.grantee AND NOT r.rolsuper AND c.relowner <> r.oid
WHERE t.attacl IS NOT NULL AND a.privilege_type = 'SELECT' AND NOT EXISTS (SELECT FROM needed AS d
  WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid IN (t.attnum, 0))
GROUP BY r.rolname, n.nspname, c.relname
UNION ALL
-- Whoever owns the database reads what a dump reads.
SELECT 'others_may_access', format('%I may %s%s narrowgate.%I', r.rolname, a.privilege_type, t.part, c.relname),
  format('REVOKE %s%s ON narrowgate.%I FROM %I;', a.privilege_type, t.part, c.relname, r.rolname)
FROM pg_class AS c JOIN space AS s ON s.oid = c.relnamespace
CROSS JOIN LATERAL (
  SELECT '' AS part, c.relacl AS acl
  UNION ALL SELECT format(' (%I)', t.attname), t.attacl FROM pg_attribute AS t WHERE t.attrelid = c.oid AND t.attacl IS NOT NULL
) AS t CROSS JOIN LATERAL aclexplode(t.acl) AS a JOIN pg_roles AS r ON r.oid = a.grantee
WHERE r.oid <> c.relowner AND NOT r.rolsuper AND r.rolname NOT IN (current_user, 'narrowgate_owner')
  AND NOT (t.part = '' AND a.privilege_type = 'SELECT' AND (r.rolname = 'narrowgate_bulk' AND c.relname IN ('legacy_user', 'migrated_user')
    OR c.relkind <> 'v' AND r.oid = (SELECT b.datdba FROM pg_database AS b WHERE b.datname = current_database())))
UNION ALL
SELECT 'unsafe_owner', format('%I, with whose rights the contract works, owns %s', r.rolname, pg_describe_object(d.classid, d.objid, d.objsubid)),
  format('give it to the role that should have it, or: REASSIGN OWNED BY %I TO ...;', r.rolname)
FROM owner AS r JOIN pg_shdepend AS d ON d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid AND d.deptype = 'o'
LEFT JOIN pg_class AS c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
WHERE NOT r.rolsuper AND r.rolname <> current_user AND d.dbid = (SELECT b.oid FROM pg_database AS b WHERE b.datname = current_database())
  AND c.relnamespace <> to_regnamespace('narrowgate') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
UNION ALL
SELECT 'unsafe_owner', format('%I, with whose rights the contract works, may %s %s', r.rolname, a.privilege_type, o.name),
  format('REVOKE %s ON %s FROM %I;', a.privilege_type, o.name, r.rolname)
FROM (
  SELECT 'FUNCTION ' || f.oid::regprocedure, f.proacl FROM pg_proc AS f WHERE f.pronamespace = 'pg_catalog'::regnamespace
  -- What runs as somebody else could read anything; a view of the contract may need it.
  UNION ALL SELECT 'FUNCTION ' || f.oid::regprocedure, f.proacl FROM pg_proc AS f JOIN pg_namespace AS n ON n.oid = f.pronamespace
  WHERE f.prosecdef AND n.nspname NOT IN ('pg_catalog', 'narrowgate')
    AND NOT EXISTS (SELECT FROM needed AS d WHERE d.refclassid = 'pg_proc'::regclass AND d.refobjid = f.oid)
  UNION ALL SELECT 'DATABASE ' || quote_ident(b.datname), b.datacl FROM pg_database AS b WHERE b.datname = current_database()
  UNION ALL SELECT 'SCHEMA ' || quote_ident(n.nspname), n.nspacl FROM pg_namespace AS n WHERE n.nspname <> 'narrowgate'
) AS o (name, acl) CROSS JOIN LATERAL aclexplode(o.acl) AS a JOIN owner AS r ON r.oid = a.grantee AND NOT r.rolsuper
WHERE a.privilege_type IN ('EXECUTE', 'CREATE', 'TEMPORARY')
UNION ALL
SELECT 'owner_can_log_in', format('%I, with whose rights the contract works, can log in', r.rolname),
  format('ALTER ROLE %I NOLOGIN;', r.rolname)
FROM owner AS r WHERE r.rolcanlogin AND NOT r.rolsuper AND r.rolname <> current_user
UNION ALL
-- PostgreSQL 16 and later let whoever made a role administer it, which alone lets nobody act as it.
SELECT 'owner_has_members', format('%I is a member of %I, with whose rights the contract works', m.rolname, r.rolname),
  format('REVOKE %I FROM %I;', r.rolname, m.rolname)
FROM owner AS r JOIN pg_auth_members AS a ON a.roleid = r.oid JOIN pg_roles AS m ON m.oid = a.member
WHERE NOT m.rolsuper
  AND 'true' IN (coalesce(to_jsonb(a) ->> 'inherit_option', 'true'), coalesce(to_jsonb(a) ->> 'set_option', 'true'))
ORDER BY 1, 2
