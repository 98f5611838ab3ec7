-- The contract's functions and views that are not what the script made: it notes in the comment of each what it was. Also when a
-- view's tables were renamed. Code, what was found, what to do, then, now.
WITH ours (code, name, noted, now) AS (
  SELECT 'routine_changed', p.oid::regprocedure::text, obj_description(p.oid, 'pg_proc'),
    CASE p.prokind WHEN 'a' THEN 'an aggregate' ELSE pg_get_functiondef(p.oid) END
  FROM pg_proc AS p WHERE p.pronamespace = to_regnamespace('narrowgate')
  UNION ALL
  SELECT 'view_changed', v.oid::regclass::text, obj_description(v.oid, 'pg_class'), pg_get_viewdef(v.oid)
  FROM pg_class AS v WHERE v.relnamespace = to_regnamespace('narrowgate') AND v.relkind = 'v' AND v.relname ~ '^legacy_'
)
SELECT o.code,
  CASE WHEN o.noted IS NULL THEN format('%s was not made by the contract''s script, or the script of an earlier version', o.name)
    ELSE format('%s is not what was applied%s', o.name, CASE o.code WHEN 'view_changed' THEN ', or its tables were renamed' ELSE '' END) END,
  'apply the contract again; a change of your own belongs into the '
    || CASE o.code WHEN 'view_changed' THEN 'mapping' ELSE 'script' END,
  coalesce(o.noted, ''), o.now
FROM ours AS o WHERE o.noted IS DISTINCT FROM o.now
ORDER BY 1, 2
