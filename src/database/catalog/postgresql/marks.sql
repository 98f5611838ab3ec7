-- Whether a mark can be written, is kept, and is found again.
WITH marks AS (
  SELECT c.* FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = 'narrowgate' AND c.relname = 'migrated_user'
),
routine AS (
  SELECT p.oid, p.provolatile, p.proowner, o.rolname, o.rolsuper OR o.rolbypassrls AS passes
  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_roles AS o ON o.oid = p.proowner
  WHERE n.nspname = 'narrowgate' AND p.proname = 'mark_migrated' AND p.proargtypes::text = '25 25'
),
line (what, remedy, harmless) AS (
  SELECT concat('column ', quote_ident(a.attname), ' ', format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attcollation NOT IN (0, 'default'::regcollation) THEN format(' COLLATE %s', a.attcollation::regcollation) END,
      CASE WHEN a.attnotnull THEN ' NOT NULL' END,
      CASE WHEN a.attidentity <> '' THEN ' GENERATED AS IDENTITY' WHEN a.attgenerated <> '' THEN ' GENERATED AS' WHEN d.adbin IS NOT NULL THEN ' DEFAULT' END,
      ' ' || pg_get_expr(d.adbin, d.adrelid)),
    CASE WHEN a.attname IN ('user_id', 'migrated_at')
      THEN 'make it as the contract does: user_id text PRIMARY KEY, migrated_at timestamptz NOT NULL DEFAULT clock_timestamp()'
      ELSE format('ALTER TABLE narrowgate.migrated_user DROP COLUMN %I;', a.attname) END,
    a.attname NOT IN ('user_id', 'migrated_at') AND NOT a.attnotnull AND d.adbin IS NULL
  FROM marks AS m JOIN pg_attribute AS a ON a.attrelid = m.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef AS d ON d.adrelid = m.oid AND d.adnum = a.attnum
  UNION ALL
  SELECT concat('constraint ', CASE WHEN c.contype <> 'p' THEN quote_ident(c.conname) || ' ' END, pg_get_constraintdef(c.oid)),
    format('ALTER TABLE narrowgate.migrated_user DROP CONSTRAINT %I;', c.conname), c.contype = 'u' AND c.conkey = '{1}'
  FROM marks AS m JOIN pg_constraint AS c ON c.conrelid = m.oid AND c.contype <> 'n' -- NOT NULL, from version 18 on
  UNION ALL
  -- Of an expression, an index may fail; a unique one makes ON CONFLICT DO NOTHING do nothing.
  SELECT format('index: %s', pg_get_indexdef(i.indexrelid)), format('DROP INDEX %s;', i.indexrelid::regclass),
    NOT i.indisunique AND i.indexprs IS NULL AND i.indpred IS NULL
  FROM marks AS m JOIN pg_index AS i ON i.indrelid = m.oid
  WHERE NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
  UNION ALL
  SELECT format('trigger %I: %s', t.tgname, pg_get_triggerdef(t.oid)), format('DROP TRIGGER %I ON narrowgate.migrated_user;', t.tgname), false
  FROM marks AS m JOIN pg_trigger AS t ON t.tgrelid = m.oid WHERE NOT t.tgisinternal AND t.tgenabled <> 'D'
  UNION ALL
  SELECT format('rule %I: %s', w.rulename, pg_get_ruledef(w.oid)), format('DROP RULE %I ON narrowgate.migrated_user;', w.rulename), false
  FROM marks AS m JOIN pg_rewrite AS w ON w.ev_class = m.oid WHERE w.ev_enabled <> 'D' AND m.relkind <> 'v'
  UNION ALL
  SELECT format('table %s whose rows count as marks', h.inhrelid::regclass), format('ALTER TABLE %s NO INHERIT narrowgate.migrated_user;', h.inhrelid::regclass), false
  FROM marks AS m JOIN pg_inherits AS h ON h.inhparent = m.oid AND m.relkind = 'r'
  UNION ALL
  SELECT CASE m.relkind WHEN 'p' THEN 'partitioned table in their place' WHEN 'v' THEN 'view in their place' ELSE 'foreign table in their place' END,
    'make it as the contract does: a table', m.relkind = 'p' FROM marks AS m WHERE m.relkind <> 'r'
)
SELECT 'marks_not_written' AS code, 'narrowgate.mark_migrated(text, text) is not VOLATILE, and cannot write' AS found,
  'ALTER FUNCTION narrowgate.mark_migrated(text, text) VOLATILE;' AS remedy
FROM routine AS r WHERE r.provolatile <> 'v'
UNION ALL
SELECT 'marks_not_written', format('%I, with whose rights narrowgate.mark_migrated(text, text) runs, may not INSERT the marks', r.rolname),
  format('GRANT INSERT ON narrowgate.migrated_user TO %I;', r.rolname)
FROM routine AS r CROSS JOIN marks AS m WHERE NOT has_any_column_privilege(r.proowner, m.oid, 'INSERT')
UNION ALL
SELECT 'marks_not_written', 'default_transaction_read_only = on: the role writes no mark',
  format('ALTER ROLE %I SET default_transaction_read_only = off;', current_user)
FROM (VALUES {routines}) AS a (name, arguments)
WHERE a.name = 'mark_migrated' AND current_setting('default_transaction_read_only')::boolean
UNION ALL
SELECT 'read_only_replica', 'the server is a read-only replica: whom it does not know yet would be nobody, and no mark can be written',
  'let database.url name the primary'
FROM (VALUES {routines}) AS a (name, arguments) WHERE a.name = 'mark_migrated' AND pg_is_in_recovery()
UNION ALL
-- The table line by line: whatever the contract does not make is somebody else's.
SELECT CASE WHEN l.harmless THEN 'marks_changed' ELSE 'marks_not_written' END,
  format('besides what the contract makes, the marks have %s%s', l.what,
    CASE WHEN l.harmless THEN '' ELSE '; it may refuse marks, swallow them, or take them away again' END), l.remedy
FROM line AS l
WHERE l.what NOT IN ('column user_id text NOT NULL', 'constraint PRIMARY KEY (user_id)',
  'column migrated_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()')
UNION ALL
SELECT 'marks_not_written', format('row security holds on the marks for %I, with whose rights they are read and written', r.rolname),
  'ALTER TABLE narrowgate.migrated_user NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;'
FROM routine AS r CROSS JOIN marks AS m
WHERE m.relrowsecurity AND NOT r.passes AND (m.relforcerowsecurity OR m.relowner <> r.proowner)
UNION ALL
SELECT 'durability_off', 'narrowgate.migrated_user is UNLOGGED: a crash takes all marks away',
  'ALTER TABLE narrowgate.migrated_user SET LOGGED;'
FROM marks AS m WHERE m.relpersistence <> 'p'
UNION ALL
SELECT 'lookup_without_index', 'narrowgate.migrated_user has no valid unique index on user_id: each lookup walks the marks',
  'ALTER TABLE narrowgate.migrated_user ADD PRIMARY KEY (user_id);'
FROM marks AS m JOIN pg_attribute AS a ON a.attrelid = m.oid AND a.attname = 'user_id'
WHERE NOT EXISTS (SELECT FROM pg_index AS i
  WHERE i.indrelid = m.oid AND i.indisunique AND i.indisvalid AND i.indisready AND i.indpred IS NULL AND i.indnkeyatts = 1
    AND i.indkey[0] = a.attnum)
ORDER BY 1, 2
