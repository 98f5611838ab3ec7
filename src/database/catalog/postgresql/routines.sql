-- Whether the contract's routines are there, run as an owner that is no superuser, find names in one fixed place, and are
-- nobody else's. {routines} stands for their names and the types of their arguments.
WITH allowed (name, arguments) AS (VALUES {routines}),
routine AS (
  SELECT p.oid, format('narrowgate.%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid)) AS name, p.prosecdef,
    p.proowner, coalesce(p.proacl, acldefault('f', p.proowner)) AS acl,
    (SELECT regexp_replace(substr(s, 13), '["\s]', '', 'g') FROM unnest(p.proconfig) AS s WHERE s LIKE 'search\_path=%') AS path
  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace AND n.nspname = 'narrowgate'
  JOIN allowed AS a ON p.proname = a.name AND p.proargtypes::text = a.arguments
)
SELECT 'missing_routine' AS code, format('narrowgate.%s is not there', a.name) AS found,
  'apply the contract: migrations/postgresql, or what narrowgate-migrate contract prints' AS remedy
FROM allowed AS a WHERE NOT EXISTS (SELECT FROM routine AS r WHERE r.name LIKE format('narrowgate.%s(%%', a.name))
UNION ALL
SELECT 'routine_not_definer', format('%s runs with the rights of its caller', r.name),
  format('ALTER FUNCTION %s SECURITY DEFINER;', r.name) FROM routine AS r WHERE NOT r.prosecdef
UNION ALL
-- pg_temp is searched first unless it is named, and everybody's own; a schema that others may fill is no better.
SELECT 'unsafe_search_path', format('%s has search_path %s', r.name, coalesce(nullif(r.path, ''), '(none)')),
  format('ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp;', r.name)
FROM routine AS r
WHERE r.path IS NULL OR r.path !~ '(^|,)pg_temp$'
  OR EXISTS (SELECT FROM unnest(string_to_array(r.path, ',')) AS part
    LEFT JOIN pg_namespace AS n ON n.nspname = part
    WHERE part <> 'pg_temp' AND (part = '$user' OR n.nspname IS NULL OR has_schema_privilege(n.oid, 'CREATE')
      OR EXISTS (SELECT FROM aclexplode(n.nspacl) AS a WHERE a.grantee = 0 AND a.privilege_type = 'CREATE')))
UNION ALL
SELECT 'unsafe_owner', format('%s belongs to %I, which %s', r.name, o.rolname, danger.words),
  format('ALTER FUNCTION %s OWNER TO narrowgate_owner;', r.name)
FROM routine AS r JOIN pg_roles AS o ON o.oid = r.proowner
CROSS JOIN LATERAL (SELECT CASE WHEN o.rolsuper THEN 'is a superuser' WHEN o.rolcreaterole THEN 'may create roles'
  WHEN o.rolreplication THEN 'may replicate' WHEN o.rolname = current_user THEN 'is the runtime role itself'
  WHEN EXISTS (SELECT FROM pg_roles AS p WHERE p.oid < 16384 AND pg_has_role(o.oid, p.oid, 'MEMBER') AND p.oid <> o.oid)
  THEN 'is a member of a predefined role' END AS words) AS danger
WHERE danger.words IS NOT NULL
UNION ALL
SELECT 'owner_can_log_in', format('%I, who owns %s, can log in', o.rolname, r.name), format('ALTER ROLE %I NOLOGIN;', o.rolname)
FROM routine AS r JOIN pg_roles AS o ON o.oid = r.proowner
WHERE o.rolcanlogin AND NOT o.rolsuper AND o.rolname <> current_user
UNION ALL
SELECT CASE a.grantee WHEN 0 THEN 'public_may_execute' ELSE 'others_may_execute' END,
  format('%s may be called by %s', r.name, CASE a.grantee WHEN 0 THEN 'everybody' ELSE a.grantee::regrole::text END),
  format('REVOKE ALL ON FUNCTION %s FROM %s;', r.name, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
FROM routine AS r CROSS JOIN LATERAL aclexplode(r.acl) AS a JOIN pg_roles AS me ON me.rolname = current_user
WHERE a.grantee NOT IN (r.proowner, me.oid)
ORDER BY 1, 2
