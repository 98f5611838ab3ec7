-- The contract between a legacy database and Narrowgate, worked out for sample-postgresql-legacy.sql. Copy it, put your
-- own tables in, and apply it as a superuser after migrations/postgresql/*/up.sql, in the same database:
--
--   psql -v ON_ERROR_STOP=1 -f sample-postgresql.sql
--
-- All of it or nothing is done. sample-postgresql-remove.sql takes it back. No row of a legacy table is changed.

BEGIN;

-- 1. Indexes. Narrowgate's functions ask by these three expressions, written exactly so; without its index each question
--    reads the whole table. On a busy server make them beforehand, outside a transaction, with CREATE INDEX CONCURRENTLY.
--      lower(email)      for logins by e-mail
--      lower(login)      for logins by username
--      (id::text)        the expression behind user_id below: for marks, and for the bulk export's pages.
--                        UNIQUE also proves that no two users share a user_id. Not needed where the key is of type text.
--    ANALYZE is needed once: a new expression index has no statistics, and nothing else makes them soon.
CREATE INDEX IF NOT EXISTS customer_lower_email ON sample_shop.customer (lower(email));
CREATE INDEX IF NOT EXISTS customer_lower_login ON sample_shop.customer (lower(login));
CREATE UNIQUE INDEX IF NOT EXISTS customer_id_text ON sample_shop.customer ((id::text));
ANALYZE sample_shop.customer;

-- 2. What the view may read, column by column. It reads with the rights of narrowgate_owner, which cannot log in.
--    (Tables with row security: add a policy for narrowgate_owner, or the view stays empty.)
GRANT USAGE ON SCHEMA sample_shop TO narrowgate_owner;
GRANT SELECT (id, login, email, email_confirmed, phone, phone_confirmed, full_name, first_name, last_name, nickname,
  avatar_url, status, preferences, plan, deleted_at) ON sample_shop.customer TO narrowgate_owner;
GRANT SELECT (customer_id, password_hash) ON sample_shop.credential TO narrowgate_owner;

-- 3. The mapping: your tables in Narrowgate's columns, one row a user. What you do not have is NULL of the right type.
--    Narrowgate never guesses: a flag that is no boolean, an id that is no text, metadata that is no JSON object makes the
--    row an invalid one, which is refused and counted.
CREATE VIEW narrowgate.legacy_user AS
SELECT
  -- The key as text: stable for ever, unique, without white space or '|'. It becomes the Auth0 user id.
  c.id::text AS user_id,
  -- As stored, in any case. Narrowgate compares lower(...) of it, then the service compares once more.
  c.email::text AS email,
  -- True only where the address was confirmed. Not known means no.
  COALESCE(c.email_confirmed = 'Y', false) AS email_verified,
  c.login::text AS username,
  c.phone::text AS phone_number,
  COALESCE(c.phone_confirmed = 'Y', false) AS phone_verified,
  c.full_name AS name,
  c.first_name AS given_name,
  c.last_name AS family_name,
  c.nickname AS nickname,
  c.avatar_url AS picture,
  -- JSON objects, or NULL. The user may change the first in Auth0, only the tenant the second.
  c.preferences AS user_metadata,
  jsonb_build_object('plan', c.plan) AS app_metadata,
  -- Everybody is blocked but those who are known to be active: a status that is added later must not open the door.
  c.status IS DISTINCT FROM 1 AS blocked,
  -- As stored. NULL for those without a password: they exist, but cannot log in with one.
  k.password_hash::text AS password_hash,
  -- Only for hashes that do not carry their salt and their scheme in themselves, as all of these do.
  NULL::text AS password_salt,
  NULL::text AS password_scheme
FROM sample_shop.customer AS c
-- LEFT: an account without a password is still an account. An INNER JOIN would free its address for strangers.
LEFT JOIN sample_shop.credential AS k ON k.customer_id = c.id
-- For the same reason leave out only those whose address may be taken by somebody else from now on.
WHERE c.deleted_at IS NULL;

ALTER VIEW narrowgate.legacy_user OWNER TO narrowgate_owner;
GRANT SELECT ON narrowgate.legacy_user TO narrowgate_bulk;

-- 4. What PUBLIC may do, narrowgate_api may do too, and in a new database PUBLIC may connect, make temporary tables, run
--    code blocks and store large objects. This closes the database for all roles that have no grant of their own, so give
--    your applications theirs first:  GRANT CONNECT, TEMPORARY ON DATABASE ... TO your_application;
DO $$
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO narrowgate_api, narrowgate_bulk', current_database());
  -- Parameters are e-mail addresses: keep them out of the server's log.
  EXECUTE format('ALTER ROLE narrowgate_api IN DATABASE %I SET log_parameter_max_length = 0', current_database());
  EXECUTE format('ALTER ROLE narrowgate_api IN DATABASE %I SET log_parameter_max_length_on_error = 0', current_database());
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
-- Functions that exist go on working for everybody; only making new ones and DO blocks end.
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION lo_create(oid), lo_creat(integer), lo_from_bytea(oid, bytea) FROM PUBLIC;

COMMIT;

-- 5. By hand, outside this file:
--    ALTER ROLE narrowgate_api PASSWORD '...' CONNECTION LIMIT 40;    -- the service's pool_size times its instances, and some
--    ALTER ROLE narrowgate_bulk PASSWORD '...';                      -- only while the bulk migration runs
--    pg_hba.conf: hostssl lines for these two roles, for this database only, with scram-sha-256 or better cert; then reject
--    lines for them, so that the server's other databases stay closed.
--    Then, as narrowgate_api: narrowgate check
