-- The contract between a legacy database and Narrowgate, worked out for sample-mysql-legacy.sql (MariaDB and MySQL). Copy
-- it, put your own tables in, and apply it as an administrator after migrations/mysql/*/up.sql:
--
--   mariadb <sample-mysql.sql        or  mysql <sample-mysql.sql
--
-- Data definition has no transactions here: after a fault put it right and run the file again. sample-mysql-remove.sql
-- takes it back. No row of a legacy table is changed.

-- 1. Indexes. Narrowgate's functions ask by e-mail, by username and by key; without its index each question reads the whole
--    table. The sample tables have all three: customer_email, customer_login and the primary key. If yours have not:
--      CREATE INDEX customer_email ON sample_shop.customer (email);
--    Case needs no index of its own where the collation ignores it (..._ci). Under a collation that does not (..._bin,
--    ..._cs) only addresses and names that are stored in lower case are found.
--    The three places marked in up.sql must say what these columns say. Here both are utf8mb4, utf8mb4_unicode_ci. To see:
--      SELECT column_name, character_set_name, collation_name FROM information_schema.columns
--        WHERE table_schema = 'sample_shop' AND table_name = 'customer';

-- 2. What the view may read, column by column. It reads with the rights of narrowgate_owner, which is locked.
GRANT SELECT (id, login, email, email_confirmed, phone, phone_confirmed, full_name, first_name, last_name, nickname,
  avatar_url, status, preferences, plan, deleted_at) ON sample_shop.customer TO 'narrowgate_owner'@'localhost';
GRANT SELECT (customer_id, password_hash) ON sample_shop.credential TO 'narrowgate_owner'@'localhost';

-- 3. The mapping: your tables in Narrowgate's columns, one row a user. What you do not have is NULL.
--    Narrowgate never guesses: a flag that is neither 1 nor 0, an id that is no text, metadata that is no JSON object makes
--    the row an invalid one, which is refused and counted. MERGE: a view that has to be built first is never fast, so no
--    DISTINCT, GROUP BY, UNION or LIMIT in it.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = 'narrowgate_owner'@'localhost' SQL SECURITY DEFINER
VIEW narrowgate.legacy_user AS
SELECT
  -- The key as text: stable for ever, unique, without white space or '|'. It becomes the Auth0 user id.
  CAST(c.id AS CHAR(20) CHARACTER SET utf8mb4) COLLATE utf8mb4_bin AS user_id,
  -- As stored, in any case: no LOWER(), which would hide the index. The service compares once more.
  c.email AS email,
  -- 1 only where the address was confirmed. Not known means no.
  COALESCE(c.email_confirmed = 'Y', FALSE) AS email_verified,
  c.login AS username,
  c.phone AS phone_number,
  COALESCE(c.phone_confirmed = 'Y', FALSE) AS phone_verified,
  c.full_name AS name,
  c.first_name AS given_name,
  c.last_name AS family_name,
  c.nickname AS nickname,
  c.avatar_url AS picture,
  -- JSON objects, or NULL. The user may change the first in Auth0, only the tenant the second.
  c.preferences AS user_metadata,
  JSON_OBJECT('plan', c.plan) AS app_metadata,
  -- Everybody is blocked but those who are known to be active: a status that is added later must not open the door.
  NOT (c.status <=> 1) AS blocked,
  -- As stored. NULL for those without a password: they exist, but cannot log in with one.
  k.password_hash AS password_hash,
  -- Only for hashes that do not carry their salt and their scheme in themselves, as all of these do.
  CAST(NULL AS CHAR(255)) AS password_salt,
  CAST(NULL AS CHAR(255)) AS password_scheme,
  -- The key as it is stored, for marks and for the bulk export's pages. A text made from a number has no index, and MySQL
  -- can give it none where the number is AUTO_INCREMENT. As text it must read the same as user_id.
  c.id AS user_key
FROM sample_shop.customer AS c
-- LEFT: an account without a password is still an account. An INNER JOIN would free its address for strangers.
LEFT JOIN sample_shop.credential AS k ON k.customer_id = c.id
-- For the same reason leave out only those whose address may be taken by somebody else from now on.
WHERE c.deleted_at IS NULL;

GRANT SELECT ON narrowgate.legacy_user TO 'narrowgate_owner'@'localhost', 'narrowgate_bulk'@'%';

-- 4. By hand, outside this file:
--    ALTER USER 'narrowgate_api'@'%' IDENTIFIED BY '...' REQUIRE SSL WITH MAX_USER_CONNECTIONS 40 ACCOUNT UNLOCK;
--    ALTER USER 'narrowgate_bulk'@'%' IDENTIFIED BY '...' REQUIRE SSL ACCOUNT UNLOCK;      -- only while it runs
--    (40: the service's pool_size times its instances, and some. Leave REQUIRE SSL out only on the same host.)
--    No anonymous accounts, no rights for everybody: these list none on a clean server
--      SELECT host FROM mysql.user WHERE user = '';
--      SELECT db, user FROM mysql.db WHERE user IN ('', 'PUBLIC');
--    The general and the slow query log would hold e-mail addresses: keep them off, or leave these accounts out.
--    Then, as narrowgate_api: narrowgate check
