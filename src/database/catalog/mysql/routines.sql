-- Whether the contract's routines are there and how they run. {routines} stands for their names.
SELECT 'missing_routine' AS code, CONCAT('narrowgate.', n.name, ' is not there, or not granted') AS found,
  'apply what narrowgate-migrate contract prints, with --name where database.contract is set' AS remedy
FROM ({routines}) AS n
WHERE n.name <> '' AND NOT EXISTS (SELECT 1 FROM information_schema.routines AS r
  WHERE r.routine_schema = 'narrowgate' AND r.routine_name = n.name)
UNION ALL
SELECT 'older_contract', 'narrowgate.mark_migrated gives a whole profile for a bare id: whoever counts ids up walks the table',
  'apply what narrowgate-migrate contract prints now'
FROM information_schema.parameters AS p
WHERE p.specific_schema = 'narrowgate' AND p.specific_name = 'mark_migrated' AND p.parameter_mode = 'IN'
HAVING COUNT(*) = 1
UNION ALL
SELECT 'routine_not_definer', CONCAT('narrowgate.', r.routine_name, ' runs with the rights of its caller'),
  CONCAT('ALTER FUNCTION narrowgate.', r.routine_name, ' SQL SECURITY DEFINER;')
FROM information_schema.routines AS r
WHERE r.routine_schema = 'narrowgate' AND r.security_type <> 'DEFINER' AND r.routine_name IN (SELECT n.name FROM ({routines}) AS n)
UNION ALL
SELECT CASE WHEN r.definer = CURRENT_USER() OR r.definer LIKE 'root@%' OR r.definer LIKE '%@\%' THEN 'unsafe_owner'
    ELSE 'owner_unknown' END,
  CONCAT('narrowgate.', r.routine_name, ' runs with the rights of ', r.definer),
  'create it again with DEFINER = ''narrowgate_owner''@''localhost'', which is locked and reads the mapped columns alone'
FROM information_schema.routines AS r
WHERE r.routine_schema = 'narrowgate' AND r.definer <> 'narrowgate_owner@localhost'
  AND r.routine_name IN (SELECT n.name FROM ({routines}) AS n)
UNION ALL
SELECT 'routine_source_visible', CONCAT('the code of narrowgate.', r.routine_name, ' can be read, which EXECUTE alone does not allow'),
  CONCAT('REVOKE ALL PRIVILEGES ON FUNCTION narrowgate.', r.routine_name, ' FROM the account, then GRANT EXECUTE again;')
FROM information_schema.routines AS r
WHERE r.routine_schema = 'narrowgate' AND r.routine_definition IS NOT NULL AND r.routine_name IN (SELECT n.name FROM ({routines}) AS n)
UNION ALL
-- Of a change by hand the account sees this much, and not the text.
SELECT 'routine_changed', CONCAT('narrowgate.', r.routine_name, ' is not what was applied: it returns ', r.dtd_identifier,
    COALESCE(CONCAT(' in ', r.character_set_name), ''), ' and is ', r.sql_data_access),
  'apply the contract again; a change of your own belongs into the script'
FROM information_schema.routines AS r
WHERE r.routine_schema = 'narrowgate' AND r.routine_name IN (SELECT n.name FROM ({routines}) AS n)
  AND NOT (r.data_type = 'longtext' AND r.character_set_name <=> 'utf8mb4'
    AND r.sql_data_access = IF(r.routine_name = 'mark_migrated', 'MODIFIES SQL DATA', 'READS SQL DATA'))
UNION ALL
SELECT 'routine_not_strict', CONCAT('narrowgate.', r.routine_name, ' was created in sql_mode ''', r.sql_mode, ''': values that do not fit are changed silently'),
  'SET sql_mode = ''STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION''; -- then create it again'
FROM information_schema.routines AS r
WHERE r.routine_schema = 'narrowgate' AND r.sql_mode NOT LIKE '%STRICT\_%' AND r.routine_name IN (SELECT n.name FROM ({routines}) AS n)
UNION ALL
-- An identifier that the parameter's character set cannot hold would become question marks.
SELECT 'parameter_character_set', CONCAT('parameter ', p.parameter_name, ' of narrowgate.', p.specific_name, ' is ', p.dtd_identifier,
    COALESCE(CONCAT(' in ', p.character_set_name), '')),
  'declare it as the contract does, CHARACTER SET utf8mb4, and copy it into a variable of the column''s character set and collation'
FROM information_schema.parameters AS p
WHERE p.specific_schema = 'narrowgate' AND p.parameter_mode = 'IN'
  AND (p.character_set_name IS NULL OR p.character_set_name <> 'utf8mb4' OR p.character_maximum_length < 255)
  AND p.specific_name IN (SELECT n.name FROM ({routines}) AS n)
