-- Takes back sample-postgresql.sql. After it, migrations/postgresql/*/down.sql removes the rest (and the marks).
--
--   psql -v ON_ERROR_STOP=1 -f sample-postgresql-remove.sql

BEGIN;

DROP VIEW narrowgate.legacy_user;

REVOKE ALL ON sample_shop.customer, sample_shop.credential FROM narrowgate_owner;
REVOKE ALL ON SCHEMA sample_shop FROM narrowgate_owner;

-- Leave out what other programs have come to use.
DROP INDEX IF EXISTS sample_shop.customer_lower_email, sample_shop.customer_lower_login, sample_shop.customer_id_text;

-- What PUBLIC has in a new database. Leave it out to keep the database closed.
GRANT EXECUTE ON FUNCTION lo_create(oid), lo_creat(integer), lo_from_bytea(oid, bytea) TO PUBLIC;
GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC;
GRANT USAGE ON SCHEMA public TO PUBLIC;
DO $$
BEGIN
  EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO PUBLIC', current_database());
  EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM narrowgate_api, narrowgate_bulk', current_database());
  EXECUTE format('ALTER ROLE narrowgate_api IN DATABASE %I RESET ALL', current_database());
END
$$;

COMMIT;
