-- What this session has read and not yet reported: tables read from their beginning, and indexes read at all.
SELECT quote_ident(s.schemaname) || '.' || quote_ident(s.relname), s.seq_tup_read::text, s.seq_scan::text, 'true', c.reltuples::bigint::text
FROM pg_stat_xact_user_tables AS s JOIN pg_class AS c ON c.oid = s.relid
WHERE s.seq_scan > 0
UNION ALL
SELECT format('index %I of %I.%I', i.relname, n.nspname, c.relname), pg_stat_get_xact_tuples_returned(i.oid)::text,
  pg_stat_get_xact_numscans(i.oid)::text, 'false',
  c.reltuples::bigint::text
FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_class AS c ON c.oid = x.indrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid >= 16384 AND pg_stat_get_xact_numscans(i.oid) > 0
