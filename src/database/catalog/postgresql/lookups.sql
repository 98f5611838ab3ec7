-- What the contract's views are made of: each definition, and the columns it reads with their types and collations. Where a function
-- stands below the view, that is its text, and the columns are those that the owner was granted.
SELECT v.relname::text, ''::text,
  COALESCE((SELECT f.prosrc FROM pg_proc AS f
    WHERE v.relname = 'legacy_user' AND f.oid = to_regprocedure('narrowgate.legacy_users()')), pg_get_viewdef(v.oid)), ''::text
FROM pg_class AS v JOIN pg_namespace AS n ON n.oid = v.relnamespace
WHERE n.nspname = 'narrowgate' AND v.relkind = 'v' AND v.relname ~ '^legacy_'
UNION ALL
SELECT DISTINCT v.relname::text, quote_ident(a.attname), format_type(a.atttypid, NULL),
  (SELECT format('%I.%I', s.nspname, l.collname) FROM pg_collation AS l JOIN pg_namespace AS s ON s.oid = l.collnamespace
   WHERE l.oid = a.attcollation)
FROM pg_class AS v JOIN pg_namespace AS n ON n.oid = v.relnamespace
JOIN pg_rewrite AS w ON w.ev_class = v.oid
JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
  AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE n.nspname = 'narrowgate' AND v.relkind = 'v' AND v.relname ~ '^legacy_' AND a.attcollation <> 0
UNION ALL
SELECT DISTINCT 'legacy_user', quote_ident(a.attname), format_type(a.atttypid, NULL),
  (SELECT format('%I.%I', s.nspname, l.collname) FROM pg_collation AS l JOIN pg_namespace AS s ON s.oid = l.collnamespace
   WHERE l.oid = a.attcollation)
FROM pg_attribute AS a CROSS JOIN aclexplode(a.attacl) AS r
WHERE to_regprocedure('narrowgate.legacy_users()') IS NOT NULL AND r.grantee = to_regrole('narrowgate_owner') AND a.attcollation <> 0
