-- What of the contract is not what its script made, which it has noted in narrowgate_applied, also after a table was renamed; and
-- what the marks have besides: that table is kept when the script is applied again, and always the same. Code, what was found, what to do, then, now.
SELECT CASE a.name WHEN 'migrated_user' THEN 'marks_changed' ELSE 'view_changed' END,
  a.name || ' is not what was applied' || CASE a.name WHEN 'migrated_user' THEN '' ELSE ', or its tables were renamed' END,
  'apply the contract again; a change of your own belongs into the mapping', a.sql, COALESCE(s.sql, '')
FROM (SELECT n.name, CASE n.name WHEN 'migrated_user' THEN 'CREATE TABLE migrated_user ( -- Narrowgate''s
  user_id TEXT NOT NULL PRIMARY KEY CHECK (typeof(user_id) = ''text''),
  migrated_at TIMESTAMP NOT NULL DEFAULT (strftime(''%Y-%m-%d %H:%M:%f'', ''now''))
) WITHOUT ROWID' ELSE n.sql END AS sql FROM narrowgate_applied AS n) AS a LEFT JOIN sqlite_master AS s ON s.name = a.name
WHERE s.sql IS NOT a.sql
UNION ALL
SELECT CASE WHEN s.type = 'index' AND s.sql NOT LIKE 'CREATE UNIQUE %' THEN 'marks_changed' ELSE 'marks_not_written' END,
  'besides what the contract makes, the marks have ' || s.type || ' ' || s.name || '; it may refuse marks, swallow them, or take them away again',
  'DROP ' || upper(s.type) || ' "' || replace(s.name, '"', '""') || '";', '', s.sql
FROM sqlite_master AS s
WHERE s.tbl_name = 'migrated_user' COLLATE NOCASE AND s.type IN ('trigger', 'index') AND s.sql IS NOT NULL
