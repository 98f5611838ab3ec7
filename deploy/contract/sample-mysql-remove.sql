-- Takes back sample-mysql.sql. After it, migrations/mysql/*/down.sql removes the rest (and the marks).
--
--   mariadb <sample-mysql-remove.sql        or  mysql <sample-mysql-remove.sql

REVOKE SELECT ON narrowgate.legacy_user FROM 'narrowgate_owner'@'localhost', 'narrowgate_bulk'@'%';
DROP VIEW narrowgate.legacy_user;

REVOKE SELECT (id, login, email, email_confirmed, phone, phone_confirmed, full_name, first_name, last_name, nickname,
  avatar_url, status, preferences, plan, deleted_at) ON sample_shop.customer FROM 'narrowgate_owner'@'localhost';
REVOKE SELECT (customer_id, password_hash) ON sample_shop.credential FROM 'narrowgate_owner'@'localhost';
