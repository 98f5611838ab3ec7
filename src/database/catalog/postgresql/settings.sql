-- Settings by which an acknowledged mark can be lost, and those by which identifiers reach the server's log;
-- and whether lookups can be measured.
WITH here AS (SELECT s.name, s.setting FROM pg_settings AS s)
SELECT 'durability_off' AS code, format('%s = off: a mark that was acknowledged may be lost in a crash', h.name) AS found,
  CASE h.name WHEN 'synchronous_commit' THEN format('ALTER ROLE %I SET synchronous_commit = on;', current_user)
    ELSE format('ALTER SYSTEM SET %I = on; SELECT pg_reload_conf();', h.name) END AS remedy
FROM here AS h WHERE h.name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND h.setting = 'off'
UNION ALL
-- Parameters are written with a logged statement unless their length is limited to nothing.
SELECT 'log_leaks_identifiers', format('%s = %s writes statements to the log, with the identifiers asked for', h.name, h.setting),
  format('ALTER ROLE %I SET log_parameter_max_length = 0;', current_user)
FROM here AS h
WHERE (h.name = 'log_statement' AND h.setting = 'all'
    OR h.name IN ('log_min_duration_statement', 'log_min_duration_sample') AND h.setting <> '-1'
    OR h.name = 'log_transaction_sample_rate' AND h.setting <> '0'
    OR h.name IN ('log_duration') AND h.setting = 'on' AND current_setting('log_statement') = 'all')
  AND current_setting('log_parameter_max_length', true) IS DISTINCT FROM '0'
UNION ALL
SELECT 'log_leaks_identifiers', format('%s = %s writes the identifiers of failed statements to the log', h.name, h.setting),
  format('ALTER ROLE %I SET log_parameter_max_length_on_error = 0;', current_user)
FROM here AS h WHERE h.name = 'log_parameter_max_length_on_error' AND h.setting <> '0'
UNION ALL
SELECT 'log_leaks_identifiers', format('%s = %s: the extension writes parameters to the log', h.name, h.setting),
  format('ALTER SYSTEM SET %s = %s; SELECT pg_reload_conf();', h.name,
    CASE h.name WHEN 'pgaudit.log_parameter' THEN 'off' ELSE '0' END)
FROM here AS h
WHERE h.name = 'pgaudit.log_parameter' AND h.setting = 'on'
  OR h.name = 'auto_explain.log_parameter_max_length' AND h.setting <> '0'
    AND current_setting('auto_explain.log_min_duration', true) <> '-1'
UNION ALL
-- The plans of the routines' own statements hold the identifiers as constants.
SELECT 'log_leaks_identifiers', format('%s = %s: the extension writes the plans of the routines, with the identifiers', h.name, h.setting),
  format('ALTER ROLE %I SET auto_explain.log_nested_statements = off;', current_user)
FROM here AS h
WHERE h.name = 'auto_explain.log_nested_statements' AND h.setting = 'on'
  AND current_setting('auto_explain.log_min_duration', true) <> '-1'
UNION ALL
SELECT 'log_leaks_identifiers', format('%s = on writes trees of statements to the log, with the identifiers asked for', h.name),
  format('ALTER ROLE %I SET %I = off;', current_user, h.name)
FROM here AS h WHERE h.name IN ('debug_print_parse', 'debug_print_rewritten', 'debug_print_plan') AND h.setting = 'on'
UNION ALL
SELECT 'server_setting', format('%s = %s: %s', h.name, h.setting, w.words), format('ALTER ROLE %I SET %I = %L;', current_user, h.name, w.good)
FROM here AS h JOIN (VALUES
  ('default_transaction_isolation', 'read committed', 'marks and lookups that meet others fail'),
  ('lock_timeout', '0', 'marks that wait for others fail')) AS w (name, good, words) ON w.name = h.name AND w.good <> h.setting
UNION ALL
SELECT 'lookup_not_measured', 'track_counts = off: the server does not count what lookups read',
  format('ALTER ROLE %I SET track_counts = on;', current_user)
FROM here AS h WHERE h.name = 'track_counts' AND h.setting = 'off'
