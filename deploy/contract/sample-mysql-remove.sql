-- Takes Narrowgate's contract back from this server, and nothing else: what was granted goes with the accounts. Printed by narrowgate-migrate 0.1.0 from mapping.example.toml.
--
--   mysql <remove.sql

-- THE MARKS GO WITH THE DATABASE. Without them nobody can tell any more who has moved to Auth0. To keep them:
--   mariadb-dump narrowgate migrated_user >migrated_user.sql
DROP DATABASE IF EXISTS narrowgate;
DROP USER IF EXISTS 'narrowgate_api'@'%', 'narrowgate_bulk'@'%', 'narrowgate_owner'@'localhost';
