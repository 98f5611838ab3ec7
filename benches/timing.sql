-- Gives the first 1,000 customers of legacy.sql, in blocks of 200, the states that a stranger must not be able to tell apart.
-- Digests are well formed and nobody's; costs are a twentieth of what is usual, so that thousands of logins fit into a minute.

-- A table that several systems filled: each user has one of these.
UPDATE sample_shop.credential SET password_hash = (ARRAY[
  '$2b$05$abcdefghijklmnopqrstuuIjZAgcfl7p92ldGxad68LJZdL17lhW2',
  '$argon2id$v=19$m=2048,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  'pbkdf2_sha256$15000$saltsaltsalt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  'pbkdf2_sha1$3000$saltsaltsalt$AAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  '$6$saltsalt$' || repeat('.', 86),
  '$P$9saltsalt' || repeat('.', 22)
])[1 + customer_id % 6] WHERE customer_id > 1000;

-- 201-400: a hash that cannot be verified: malformed, beyond a cap, of an unknown scheme, ambiguous.
UPDATE sample_shop.credential SET password_hash = (ARRAY[
  '$2b$05$abcdefghijklmnopqrstuu',
  '$2b$31$abcdefghijklmnopqrstuuIjZAgcfl7p92ldGxad68LJZdL17lhW2',
  '$unknown$abcdefgh',
  '5f4dcc3b5aa765d61d8327deb882cf99'
])[1 + customer_id % 4] WHERE customer_id BETWEEN 1201 AND 1400;
-- 401-600: blocked.
UPDATE sample_shop.customer SET status = 2 WHERE id BETWEEN 1401 AND 1600;
-- 601-800: migrated.
INSERT INTO narrowgate.migrated_user (user_id) SELECT number::text FROM generate_series(1601, 1800) AS number;
-- 801-1000: no password.
DELETE FROM sample_shop.credential WHERE customer_id BETWEEN 1801 AND 2000;
