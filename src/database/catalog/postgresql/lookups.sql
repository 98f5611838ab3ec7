-- What the contract's views are made of: each definition, and the columns it reads with their types and collations.
SELECT v.relname::text, ''::text, pg_get_viewdef(v.oid), ''::text
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
