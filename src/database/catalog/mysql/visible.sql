-- What the account sees at all it has some right to, however it came by it: a role, PUBLIC, or an entry for everybody in
-- mysql.db, which SHOW GRANTS leaves out. {routines} stands for the contract's routines.
SELECT 'excess_schema_privilege' AS code, CONCAT('some right in database ', s.schema_name) AS found,
  'take it from the account, its roles, PUBLIC, and from mysql.db, where an entry without a user is everybody''s' AS remedy
FROM information_schema.schemata AS s
WHERE LOWER(s.schema_name) NOT IN ('information_schema', 'performance_schema', 'narrowgate')
UNION ALL
SELECT CASE t.table_type WHEN 'VIEW' THEN 'excess_view_privilege' ELSE 'excess_table_privilege' END,
  CONCAT('some right on ', t.table_schema, '.', t.table_name), 'see the grants of the account and of its roles'
FROM information_schema.tables AS t
WHERE LOWER(t.table_schema) NOT IN ('information_schema', 'performance_schema')
  AND NOT (t.table_schema = 'narrowgate' AND t.table_name IN ({relations}))
UNION ALL
SELECT 'missing_privilege', 'the view or the marks of narrowgate cannot be read', 'apply what narrowgate-migrate contract --bulk prints'
FROM DUAL
WHERE (SELECT COUNT(*) FROM information_schema.tables AS t WHERE t.table_schema = 'narrowgate' AND t.table_name IN ({relations}))
  < IF('' IN ({relations}), 0, 2)
UNION ALL
SELECT 'excess_routine_privilege', CONCAT('some right on routine ', r.routine_schema, '.', r.routine_name),
  CONCAT('REVOKE ALL PRIVILEGES ON ', r.routine_type, ' `', r.routine_schema, '`.`', r.routine_name, '` FROM the account;')
FROM information_schema.routines AS r
WHERE NOT (r.routine_schema = 'narrowgate' AND r.routine_type = 'FUNCTION' AND r.routine_name IN (SELECT n.name FROM ({routines}) AS n))
  -- MySQL shows its own schema's to everybody, and denies them all the same.
  AND NOT (r.routine_schema = 'sys' AND r.definer = 'mysql.sys@localhost')
