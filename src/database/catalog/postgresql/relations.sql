-- The contract's own relations, and every relation that its view stands on.
WITH RECURSIVE relation AS (
  SELECT c.oid, c.relkind FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = 'narrowgate' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  UNION
  SELECT c.oid, c.relkind
  FROM relation AS above JOIN pg_rewrite AS w ON w.ev_class = above.oid
  JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
  JOIN pg_class AS c ON c.oid = d.refobjid
)
SELECT format('%I.%I', n.nspname, c.relname)
FROM relation AS r JOIN pg_class AS c ON c.oid = r.oid JOIN pg_namespace AS n ON n.oid = c.relnamespace
ORDER BY 1 LIMIT 50
