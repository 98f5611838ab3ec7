-- What the contract's views stand on: tables whose rows can be hidden or cannot be reached; and whether each view is still the
-- one that the script noted, also when its tables have been swapped for others.
WITH RECURSIVE view AS (
  SELECT c.oid, c.relname, c.relowner FROM pg_class AS c WHERE c.relnamespace = to_regnamespace('narrowgate') AND c.relkind = 'v'
),
read (oid, relkind, reader, owner) AS (
  SELECT v.oid, 'v'::"char", v.relowner, v.relowner FROM view AS v
  UNION
  SELECT c.oid, c.relkind, above.owner, c.relowner
  FROM read AS above JOIN pg_rewrite AS w ON w.ev_class = above.oid AND above.relkind = 'v'
  JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
  JOIN pg_class AS c ON c.oid = d.refobjid
)
SELECT DISTINCT 'row_security' AS code,
  format('row security of %s hides users from %I: they are nobody, and their addresses free for strangers', c.oid::regclass, r.rolname) AS found,
  format('CREATE POLICY narrowgate ON %s FOR SELECT TO %I USING (true);', c.oid::regclass, r.rolname) AS remedy
FROM read AS t JOIN pg_class AS c ON c.oid = t.oid JOIN pg_roles AS r ON r.oid = t.reader
WHERE c.relrowsecurity AND NOT r.rolsuper AND NOT r.rolbypassrls AND (c.relforcerowsecurity OR c.relowner <> r.oid)
  AND (SELECT bool_or(p.polpermissive AND pg_get_expr(p.polqual, c.oid) = 'true') AND bool_and(p.polpermissive) FROM pg_policy AS p
    WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*') AND p.polroles && ARRAY[0, r.oid]) IS NOT TRUE
UNION ALL
SELECT DISTINCT 'foreign_table_without_mapping',
  format('%s lies on foreign server %I, to which %I has no user mapping', c.oid::regclass, s.srvname, r.rolname),
  format('CREATE USER MAPPING FOR %I SERVER %I OPTIONS (...);', r.rolname, s.srvname)
FROM read AS t JOIN pg_class AS c ON c.oid = t.oid JOIN pg_roles AS r ON r.oid = t.reader
JOIN pg_foreign_table AS f ON f.ftrelid = c.oid JOIN pg_foreign_server AS s ON s.oid = f.ftserver
JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw AND w.fdwname <> 'file_fdw'
WHERE NOT EXISTS (SELECT FROM pg_user_mappings AS u WHERE u.srvid = s.oid AND u.umuser IN (0, r.oid))
UNION ALL
SELECT 'view_changed',
  format('narrowgate.%I is not the view that was applied, or its tables were renamed. Now: %s. Then: %s', v.relname,
    (SELECT string_agg(trim(l.line), ' ') FROM regexp_split_to_table(is_.now, '\n') AS l (line) WHERE l.line <> ALL (regexp_split_to_array(is_.noted, '\n'))),
    (SELECT string_agg(trim(l.line), ' ') FROM regexp_split_to_table(is_.noted, '\n') AS l (line) WHERE l.line <> ALL (regexp_split_to_array(is_.now, '\n')))),
  'apply the contract again; a change of your own belongs into the mapping'
FROM view AS v CROSS JOIN LATERAL (SELECT pg_get_viewdef(v.oid), coalesce(obj_description(v.oid, 'pg_class'), '')) AS is_ (now, noted)
WHERE v.relname ~ '^legacy_' AND is_.now <> is_.noted
ORDER BY 1, 2
