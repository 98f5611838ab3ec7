-- What the contract's views stand on: tables whose rows are hidden, whose columns may not be read, or that cannot be reached.
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
-- What [reads] leaves out fails at the first login.
SELECT 'missing_privilege', format('%I, with whose rights the contract works, may not read %s (%s), which the view needs', r.rolname,
    c.oid::regclass, string_agg(DISTINCT quote_ident(a.attname), ', ')),
  format('GRANT SELECT (%s) ON %s TO %I; -- and add it to [reads] of the mapping', string_agg(DISTINCT quote_ident(a.attname), ', '),
    c.oid::regclass, r.rolname)
FROM read AS above JOIN pg_rewrite AS w ON w.ev_class = above.oid AND above.relkind = 'v'
JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
JOIN pg_class AS c ON c.oid = d.refobjid AND c.oid <> above.oid
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
JOIN pg_roles AS r ON r.oid = above.owner
WHERE NOT has_column_privilege(r.oid, c.oid, a.attnum, 'SELECT')
GROUP BY r.rolname, c.oid
UNION ALL
-- After an upgrade of the system's libraries an index may no longer be in the order that is looked for.
SELECT DISTINCT 'collation_changed', format('index %s is in the order of another version of collation %s: users may be nobody, and their addresses free for strangers',
    i.indexrelid::regclass, l.oid::regcollation),
  format('REINDEX INDEX %s; ALTER COLLATION %s REFRESH VERSION;', i.indexrelid::regclass, l.oid::regcollation)
FROM read AS t JOIN pg_index AS i ON i.indrelid = t.oid JOIN pg_collation AS l ON l.oid = ANY (i.indcollation)
WHERE l.collversion <> pg_collation_actual_version(l.oid)
ORDER BY 1, 2
