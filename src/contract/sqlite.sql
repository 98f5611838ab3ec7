-- Narrowgate's contract with this file, for SQLite 3.38 and later. {{origin}}
-- Review it, change what you like, and apply it, all or nothing:
--
--   sqlite3 -bail legacy.db <contract.sql
--
-- It may be applied again: what is there is kept or made anew. No row of a legacy table is changed. docs/database.md explains
-- each part.
--
-- SQLite has neither roles nor routines. Whoever can open the file can read all of it, so what these views leave out, the
-- service could read all the same: guard the file with the system's means (own user, 0640 in a folder of 0750).

BEGIN;
{{guard}}

{{fixed}}
DROP VIEW IF EXISTS mark_migrated; DROP VIEW IF EXISTS login_candidate; DROP VIEW IF EXISTS get_user; DROP VIEW IF EXISTS legacy_user;
{{drop_own}}

-- 2. The mapping: your tables in Narrowgate's columns, one row a user.
--    Narrowgate never guesses: a flag that is neither 1 nor 0, metadata that is no JSON object, an id that cannot be an Auth0
--    id makes the row an invalid one, which is refused and counted. The last columns are what users are looked up by:
{{indexes}}
CREATE VIEW legacy_user AS -- Narrowgate's
SELECT
{{columns}}
FROM {{from}}{{where}};
{{own}}

-- 3. The questions, one row a match. The service asks  SELECT answer FROM get_user WHERE identifier = ? LIMIT 3
--    * The condition reaches the indexes of the legacy tables through the views.
--    * An e-mail address holds an '@', a phone number begins with '+' and a digit, a username may be anything. Who is found by
--      one kind of identifier is not found again under another. `matched` says by which, and the service compares that column.
--    * A flag is true for 1, false for 0, null for NULL; anything else stays what it is, as text or number, and the service
--      refuses it, as it does metadata that is not valid JSON.
{{questions}}

-- 4. Questions about nobody, so that a column that is missing is found now, and not at the first login.
{{probes}}
-- What was made is noted, so that `narrowgate check` finds changes.
DROP TABLE IF EXISTS narrowgate_applied;
CREATE TABLE narrowgate_applied AS SELECT s.name, s.sql FROM sqlite_master AS s WHERE s.sql LIKE '%-- Narrowgate''s%';

COMMIT;

-- 5. By hand: the service's own system user, the file 0640 in a folder of 0750, and write access for the service only to
--    the file and its folder (SQLite's journal lies beside it). Then, as that user: narrowgate check
