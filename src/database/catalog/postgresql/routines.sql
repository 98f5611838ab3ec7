-- Whether the contract's routines are there, run as their owner, find names in one fixed place, and are nobody else's. What else
-- runs as its owner in that schema must find names there as well. {routines} stands for their names and the types of their arguments.
WITH allowed (name, arguments) AS (VALUES {routines}),
me AS (SELECT r.oid, r.rolname FROM pg_roles AS r WHERE r.rolname = current_user),
routine AS (
  SELECT p.oid, format('narrowgate.%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid)) AS name, p.prosecdef,
    p.proowner, coalesce(p.proacl, acldefault('f', p.proowner)) AS acl, a.name IS NOT NULL AS called,
    (SELECT substr(s, 13) FROM unnest(p.proconfig) AS s WHERE s LIKE 'search\_path=%') AS path
  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace AND n.nspname = 'narrowgate'
  LEFT JOIN allowed AS a ON p.proname = a.name AND p.proargtypes::text = a.arguments
  WHERE a.name IS NOT NULL OR p.prosecdef
)
SELECT 'missing_routine' AS code, format('narrowgate.%s is not there', a.name) AS found,
  'apply what narrowgate-migrate contract prints, with --name where database.contract is set' AS remedy
FROM allowed AS a WHERE a.name <> '' AND NOT EXISTS (SELECT FROM routine AS r WHERE r.called AND r.name LIKE format('narrowgate.%s(%%', a.name))
UNION ALL
SELECT 'missing_routine', format('narrowgate.%s is not granted to the role', a.name),
  format('GRANT EXECUTE ON FUNCTION %s TO %I;', r.name, me.rolname)
FROM allowed AS a JOIN routine AS r ON r.called AND r.name LIKE format('narrowgate.%s(%%', a.name) CROSS JOIN me
WHERE NOT has_function_privilege(r.oid, 'EXECUTE')
UNION ALL
SELECT 'older_contract', format('%s gives a whole profile for a bare id: whoever counts ids up walks the table', p.oid::regprocedure),
  format('DROP FUNCTION %s; -- and apply what narrowgate-migrate contract prints now', p.oid::regprocedure)
FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace AND n.nspname = 'narrowgate'
WHERE p.proname = 'mark_migrated' AND p.pronargs = 1
UNION ALL
SELECT 'routine_not_definer', format('%s runs with the rights of its caller', r.name),
  format('ALTER FUNCTION %s SECURITY DEFINER;', r.name) FROM routine AS r WHERE NOT r.prosecdef
UNION ALL
-- As the contract writes it, letter by letter: pg_temp is everybody's own and is searched first unless it is named last, and
-- what stands in quotation marks is one name, whatever it looks like.
SELECT 'unsafe_search_path', format('%s has search_path %s', r.name, coalesce(nullif(r.path, ''), '(none)')),
  format('ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp;', r.name)
FROM routine AS r
WHERE r.path IS DISTINCT FROM 'pg_catalog, pg_temp'
UNION ALL
SELECT CASE a.grantee WHEN 0 THEN 'public_may_execute' ELSE 'others_may_execute' END,
  format('%s may be called by %s', r.name, CASE a.grantee WHEN 0 THEN 'everybody' ELSE a.grantee::regrole::text END),
  format('REVOKE ALL ON FUNCTION %s FROM %s;', r.name, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
FROM routine AS r CROSS JOIN LATERAL aclexplode(r.acl) AS a CROSS JOIN me
WHERE r.called AND a.grantee NOT IN (r.proowner, me.oid)
  -- Two roles may mark a user.
  AND NOT (r.name LIKE 'narrowgate.mark\_migrated(%' AND a.grantee IN (to_regrole('narrowgate_api')::oid, to_regrole('narrowgate_marker')::oid))
UNION ALL
SELECT 'missing_privilege', format('narrowgate.%s cannot be read', r.name),
  format('apply what narrowgate-migrate contract --bulk prints, or: GRANT SELECT ON narrowgate.%s TO %I;', r.name, me.rolname)
FROM (VALUES {relations}) AS r (name) CROSS JOIN me
WHERE r.name <> '' AND NOT (has_schema_privilege(me.oid, to_regnamespace('narrowgate'), 'USAGE') AND EXISTS (SELECT FROM pg_class AS c
  WHERE c.relnamespace = to_regnamespace('narrowgate') AND c.relname = r.name AND has_table_privilege(c.oid, 'SELECT'))) IS TRUE
UNION ALL
-- PostgreSQL 16 and later let whoever made a role administer it, which alone lets nobody act as it.
SELECT 'others_may_execute', format('%I is a member of %I, and may call what that may', other.rolname, me.rolname),
  format('REVOKE %I FROM %I;', me.rolname, other.rolname)
FROM me JOIN pg_auth_members AS m ON m.roleid = me.oid JOIN pg_roles AS other ON other.oid = m.member
WHERE NOT other.rolsuper
  AND 'true' IN (coalesce(to_jsonb(m) ->> 'inherit_option', 'true'), coalesce(to_jsonb(m) ->> 'set_option', 'true'))
UNION ALL
SELECT 'excess_routine_privilege', format('EXECUTE on %s WITH GRANT OPTION, granted to %s', r.name, me.rolname),
  format('REVOKE GRANT OPTION FOR EXECUTE ON FUNCTION %s FROM %I;', r.name, me.rolname)
FROM routine AS r CROSS JOIN LATERAL aclexplode(r.acl) AS a JOIN me ON me.oid = a.grantee
WHERE r.called AND a.is_grantable
ORDER BY 1, 2
