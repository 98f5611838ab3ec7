-- Whether a mark can be written, is kept, and is found again.
WITH marks AS (
  SELECT c.* FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = 'narrowgate' AND c.relname = 'migrated_user'
),
routine AS (
  SELECT p.oid, p.provolatile, p.proowner, o.rolname, o.rolsuper OR o.rolbypassrls AS passes
  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_roles AS o ON o.oid = p.proowner
  WHERE n.nspname = 'narrowgate' AND p.proname = 'mark_migrated' AND p.proargtypes::text = '25 25'
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
-- The contract has none of these, so whatever is there is somebody else's.
SELECT 'marks_not_written', format('trigger %I may change marks, swallow them or take them away again', t.tgname),
  format('DROP TRIGGER %I ON narrowgate.migrated_user;', t.tgname)
FROM marks AS m JOIN pg_trigger AS t ON t.tgrelid = m.oid
WHERE NOT t.tgisinternal AND t.tgenabled <> 'D'
UNION ALL
SELECT 'marks_not_written', format('rule %I does something else beside marks or in their place', w.rulename),
  format('DROP RULE %I ON narrowgate.migrated_user;', w.rulename)
FROM marks AS m JOIN pg_rewrite AS w ON w.ev_class = m.oid
WHERE w.ev_enabled <> 'D' AND m.relkind <> 'v'
UNION ALL
SELECT 'marks_not_written', format('constraint %I may refuse marks: %s', c.conname, pg_get_constraintdef(c.oid)),
  format('ALTER TABLE narrowgate.migrated_user DROP CONSTRAINT %I;', c.conname)
FROM marks AS m JOIN pg_constraint AS c ON c.conrelid = m.oid
WHERE c.contype NOT IN ('p', 'n') AND NOT (c.contype = 'u' AND c.conkey = '{1}')
UNION ALL
SELECT 'marks_not_written', format('column %I of the marks is %s%s, which the contract does not have', a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attnotnull AND NOT a.atthasdef THEN ', may not be NULL and has no default' ELSE '' END),
  'make it as the contract does: user_id text PRIMARY KEY, migrated_at timestamptz NOT NULL DEFAULT clock_timestamp()'
FROM marks AS m JOIN pg_attribute AS a ON a.attrelid = m.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE NOT (a.attname = 'user_id' AND a.atttypid = 'text'::regtype)
  AND NOT (a.attname = 'migrated_at' AND a.atttypid = 'timestamptz'::regtype AND a.atthasdef)
  AND (a.attname IN ('user_id', 'migrated_at') OR a.attnotnull AND NOT a.atthasdef AND a.attidentity = '')
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
  'CREATE UNIQUE INDEX ON narrowgate.migrated_user (user_id);'
FROM marks AS m JOIN pg_attribute AS a ON a.attrelid = m.oid AND a.attname = 'user_id'
WHERE NOT EXISTS (SELECT FROM pg_index AS i
  WHERE i.indrelid = m.oid AND i.indisunique AND i.indisvalid AND i.indisready AND i.indpred IS NULL AND i.indnkeyatts = 1
    AND i.indkey[0] = a.attnum)
ORDER BY 1, 2
