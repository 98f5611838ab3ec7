-- Adds :users customers, all with the password behind :'hash', to the tables of deploy/contract/sample-postgresql-legacy.sql.
INSERT INTO sample_shop.customer (id, login, email, email_confirmed, phone, phone_confirmed, full_name, first_name, last_name,
  nickname, avatar_url, status, preferences, plan)
SELECT 1000 + number, 'user' || digits, 'user' || digits || '@example.com', 'Y', NULL, NULL, 'Benchmark User ' || digits,
  'Benchmark', 'User ' || digits, NULL, NULL, 1, '{"theme": "dark"}', 'free'
FROM (SELECT number, lpad(number::text, 7, '0') AS digits FROM generate_series(1, :users) AS number) AS numbers;

INSERT INTO sample_shop.credential (customer_id, password_hash)
SELECT 1000 + number, :'hash' FROM generate_series(1, :users) AS number;
