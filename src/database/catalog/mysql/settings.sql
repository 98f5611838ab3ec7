-- Whether it is the server to ask, and settings by which an acknowledged mark can be lost, and those by which identifiers reach the server's log.
SELECT 'durability_off' AS code,
  CONCAT('innodb_flush_log_at_trx_commit = ', @@GLOBAL.innodb_flush_log_at_trx_commit, ': a mark that was acknowledged may be lost in a crash') AS found,
  'SET GLOBAL innodb_flush_log_at_trx_commit = 1; -- and the same in the configuration file' AS remedy
FROM DUAL WHERE @@GLOBAL.innodb_flush_log_at_trx_commit NOT IN (1, 3)
UNION ALL
SELECT 'durability_off', CONCAT('sync_binlog = ', @@GLOBAL.sync_binlog, ': the binary log may lack a mark after a crash'),
  'SET GLOBAL sync_binlog = 1; -- and the same in the configuration file'
FROM DUAL WHERE @@GLOBAL.log_bin AND @@GLOBAL.sync_binlog <> 1
UNION ALL
SELECT 'durability_off', CONCAT('innodb_flush_method = ', @@GLOBAL.innodb_flush_method, ': nothing is brought to the disk'),
  'take it out of the configuration file'
FROM DUAL WHERE @@GLOBAL.innodb_flush_method = 'nosync'
UNION ALL
SELECT 'durability_off', 'innodb_doublewrite = off: a page that was half written in a crash is lost',
  'set innodb_doublewrite = ON in the configuration file'
FROM DUAL WHERE @@GLOBAL.innodb_doublewrite IN ('0', 'OFF')
UNION ALL
SELECT 'log_leaks_identifiers', 'general_log = ON writes every statement to the log, with the identifiers asked for',
  'SET GLOBAL general_log = OFF; -- and the same in the configuration file'
FROM DUAL WHERE @@GLOBAL.general_log
UNION ALL
SELECT 'log_leaks_identifiers', 'slow_query_log = ON writes slow statements to the log, with the identifiers asked for',
  'SET GLOBAL slow_query_log = OFF; -- or leave it on and guard the log as the table itself'
FROM DUAL WHERE @@GLOBAL.slow_query_log
-- MySQL has the row format unless told otherwise, and gives the setting up.
/*M!100000 UNION ALL
SELECT 'log_leaks_identifiers', 'binlog_format = STATEMENT writes each mark to the binary log with the identifier that was sent',
  'SET GLOBAL binlog_format = ''MIXED''; -- and the same in the configuration file'
FROM DUAL WHERE @@GLOBAL.log_bin AND @@GLOBAL.binlog_format = 'STATEMENT' */
UNION ALL
SELECT 'read_only_replica', 'the server is read-only, perhaps a replica: whom it does not know yet would be nobody, and no mark can be written',
  'let database.url name the server that is written to'
FROM ({routines}) AS n WHERE n.name = 'mark_migrated' AND (@@GLOBAL.read_only OR @@GLOBAL.innodb_read_only)
UNION ALL
SELECT 'log_leaks_identifiers', 'the plug-in SQL_ERROR_LOG writes statements that fail to its log, with the identifiers asked for',
  'UNINSTALL SONAME ''sql_errlog'';'
FROM information_schema.plugins AS p WHERE p.plugin_name = 'SQL_ERROR_LOG' AND p.plugin_status = 'ACTIVE'
UNION ALL
SELECT 'connection_limit', CONCAT('the server lets ', @@GLOBAL.max_connections, ' connections in, and the service may need {connections}'),
  'SET GLOBAL max_connections = 151; -- and the same in the configuration file'
FROM DUAL WHERE @@GLOBAL.max_connections < {connections}
