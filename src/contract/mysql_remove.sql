-- Takes Narrowgate's contract back from this server, and nothing else: what was granted goes with the accounts. {{origin}}
--
--   {{client}} <remove.sql

{{guard}}

-- Without it MySQL would refuse what follows, where this was applied before. One that is made here goes again.
SET @narrowgate_there = IF(EXISTS (SELECT 1 FROM information_schema.schemata WHERE schema_name = 'narrowgate'), @narrowgate_there, 'made here');
CREATE DATABASE IF NOT EXISTS narrowgate;
{{drops}}
DROP VIEW IF EXISTS narrowgate.legacy_user;
{{drop_own}}
DROP TABLE IF EXISTS narrowgate.password_decoy;

{{fixed}}
