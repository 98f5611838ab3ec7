-- A legacy database as a company might have it, for the samples and the tests: profile and credential in one table.
-- None of it belongs to Narrowgate. Apply it to an empty file: sqlite3 -bail legacy.db <sample-sqlite-legacy.sql
-- Everybody's password is: correct horse battery staple

CREATE TABLE customer (
  id INTEGER PRIMARY KEY,
  login VARCHAR(150) UNIQUE,
  email VARCHAR(254),
  email_confirmed CHAR(1),               -- 'Y', 'N', or unknown
  phone VARCHAR(40),
  phone_confirmed CHAR(1),
  full_name TEXT,
  first_name TEXT,
  last_name TEXT,
  nickname TEXT,
  avatar_url TEXT,
  status SMALLINT NOT NULL DEFAULT 1,    -- 1 active, 2 suspended, 3 closed
  preferences TEXT,                      -- JSON
  "plan" VARCHAR(20),
  password_hash VARCHAR(255),
  deleted_at DATETIME
);

-- Its own software ignores case. The last is made for Narrowgate, which finds users by the id as text.
CREATE INDEX customer_email_nocase ON customer (email COLLATE NOCASE);
CREATE INDEX customer_login_nocase ON customer (login COLLATE NOCASE);
CREATE UNIQUE INDEX customer_id_text ON customer (CAST(id AS TEXT));

INSERT INTO customer (id, login, email, email_confirmed, phone, phone_confirmed, full_name, first_name, last_name,
  nickname, avatar_url, status, preferences, "plan", password_hash, deleted_at)
VALUES
  (1, 'ada', 'ada@example.com', 'Y', '+441234567890', 'N', 'Ada Lovelace', 'Ada', 'Lovelace', 'ada', 'https://cdn.example.com/avatar/1.png', 1, '{"theme": "dark"}', 'pro', '$2b$10$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6', NULL), -- every column filled; bcrypt $2b$
  (2, 'grace', 'Grace.Hopper@Example.COM', 'Y', NULL, NULL, 'Grace Hopper', 'Grace', 'Hopper', NULL, NULL, 1, NULL, 'free', '$2y$10$hVQRO3zBKyqbeyCkZgs9dOSZ6WlMQ65Wc38CjDTQ2djzHe9HZnsL.', NULL), -- e-mail in mixed case; bcrypt $2y$, as PHP writes it
  (3, 'alan', 'alan@example.com', 'N', '+441234567892', 'Y', 'Alan Turing', 'Alan', 'Turing', NULL, NULL, 1, '{"lang": "en"}', 'free', '$argon2id$v=19$m=19456,t=2,p=1$e61i7Zx1oLVQl6oaLt3+bA$1fchnZBf+A+s/JBlfVYswJVDxxye4UcxHccjDPrz5IQ', NULL), -- argon2id
  (4, 'katherine', 'katherine@example.com', 'Y', NULL, NULL, 'Katherine Johnson', 'Katherine', 'Johnson', NULL, NULL, 1, NULL, 'pro', 'pbkdf2_sha256$20000$lbgSyHU8dNCtTwB53tJYWZ$fGlDsgxnuMTrL8OyuVhgasHkgqQlFW5gFyOw4EfyuVw=', NULL), -- Django PBKDF2
  (5, 'dorothy', 'dorothy@example.com', 'Y', NULL, NULL, 'Dorothy Vaughan', 'Dorothy', 'Vaughan', NULL, NULL, 1, NULL, 'free', 'pbkdf2_sha256$600000$gYQv9DfXuHesns9LdVk0wa$PUUiuG5T3GbNIzCrwRvHApHv8gQRVLwT2BbmYT7dxB8=', NULL), -- Django PBKDF2 with today's number of rounds
  (6, 'mallory', 'mallory@example.com', 'Y', NULL, NULL, 'Mallory Blocked', 'Mallory', 'Blocked', NULL, NULL, 2, NULL, 'free', '$2b$10$dGF5d6IWWIMSVE6NTp4Tdez1azy5YKxLR1OcLaRHZ2rOGaAfNMC2O', NULL), -- suspended
  (7, 'margaret', 'margaret@example.com', 'Y', NULL, NULL, 'Margaret Hamilton', 'Margaret', 'Hamilton', NULL, NULL, 1, NULL, 'free', NULL, NULL), -- has never set a password
  (8, 'hedy', 'hedy@example.com', 'Y', NULL, NULL, 'Hedy Lamarr', 'Hedy', 'Lamarr', NULL, NULL, 1, NULL, 'free', '!Kq3vZ0wYpT7mXc2RbN5sHd8LfJg1AeU4oWi6QyV9', NULL), -- password made unusable, the way Django does it
  (9, 'twin.one', 'twin@example.com', 'Y', NULL, NULL, 'Castor Twin', 'Castor', 'Twin', NULL, NULL, 1, NULL, 'free', '$2b$10$jz/b4l6B0RPHEQ9GdZXojOHWoX/67wYQjqGfZMLJ3g/7gnVBuRAaG', NULL), -- shares its e-mail with 10
  (10, 'twin.two', 'Twin@Example.com', 'N', NULL, NULL, 'Pollux Twin', 'Pollux', 'Twin', NULL, NULL, 1, NULL, 'free', '$2b$10$8hu/KQqEK4.DLppHxXtkru.n/kY1k1JjbpTQT5nkwwFxLQmPBG6yy', NULL), -- shares its e-mail with 9, in another case
  (11, 'obrien', 'o''brien@example.com', 'Y', NULL, NULL, 'Conan "Kitty" O''Brien \ Sons', 'Conan', 'O''Brien', NULL, NULL, 1, '{"quote": "\"it''s\""}', 'free', '$2b$10$mFYlNwg76ZAj7xjOuy/ANOEDrQ7csx91I7ZNE5iP4gnRaiLCSXCiG', NULL), -- quotes and a backslash
  (12, 'fox', 'fox@example.com', 'Y', NULL, NULL, 'Zoë 🦊 Fuchs', 'Zoë', 'Fuchs', '🦊', NULL, 1, NULL, 'free', '$2y$10$DyjYTiPyl/NK8lzqA0V1keyH0N.TCfXZJgooq/r2C3Fb8M5QF0zma', NULL), -- beyond ASCII, beyond three bytes
  (13, 'Keel', NULL, NULL, NULL, NULL, 'Keel Nomail', 'Keel', 'Nomail', NULL, NULL, 1, NULL, 'free', '$2b$10$4fS490SuKlB9g2HiknMk6.Ms8nJytP8erEWRmeVj3RkffDQGTyiYO', NULL), -- no e-mail; username in mixed case
  (14, 'linus@example.com', 'Linus@example.com', 'Y', NULL, NULL, 'Linus Twice', 'Linus', 'Twice', NULL, NULL, 1, NULL, 'free', 'pbkdf2_sha256$20000$j8PG5c9ivnEoixceCc4W0b$Q4X1AIK0tWHf8ypm084pRyLY43jUWUVSSk59YxXhnLg=', NULL), -- e-mail as username: must be found once, not twice
  (15, 'first.owner', 'shared@example.com', 'Y', NULL, NULL, 'First Owner', 'First', 'Owner', NULL, NULL, 1, NULL, 'free', '$2b$10$UClEU6WPWws.XQFt70JD4eRZY36baINDYb58gvRkj7rWOdovDFau.', NULL), -- its e-mail is the username of 16
  (16, 'shared@example.com', 'second@example.com', 'Y', NULL, NULL, 'Second Owner', 'Second', 'Owner', NULL, NULL, 1, NULL, 'free', '$2b$10$iBvuaBz5L/bZgEIUwU4lxe2QyMl12qj.ZFpI5xwb3tbxvaPXwYoNu', NULL), -- its username is the e-mail of 15
  (17, 'jose.accent', 'josé@example.com', 'Y', NULL, NULL, 'José Acento', 'José', 'Acento', NULL, NULL, 1, NULL, 'free', '$argon2id$v=19$m=19456,t=2,p=1$OqbOVmskQ1zHctlUmV5G9w$cm8TNERxkKY+SaM2xMEEBlLj9CLzKFVKe82pu6pG0oA', NULL), -- many collations take it for the e-mail of 18
  (18, 'jose.plain', 'jose@example.com', 'Y', NULL, NULL, 'Jose Llano', 'Jose', 'Llano', NULL, NULL, 1, NULL, 'free', '$2b$10$R3It.B9tzssPRZSvOJueHes0ImqVlptFsz/uN4WZK7A8Rkw0ipaDi', NULL), -- many collations take it for the e-mail of 17
  (19, 'barbara', 'barbara@example.com', NULL, NULL, NULL, 'Barbara Closed', 'Barbara', 'Closed', NULL, NULL, 3, NULL, 'free', '$2y$10$71rWEzM0LyXtkYMz1IjdhunNGqD4qW1ZJOzEv2/w.sCHJKW0dtI8i', NULL), -- closed account; nobody knows whether the e-mail was confirmed
  (20, 'deleted', 'deleted@example.com', 'Y', NULL, NULL, 'Deleted User', 'Deleted', 'User', NULL, NULL, 1, NULL, 'free', '$2y$10$3/WQ8zik8rJ7tCIyqTxMUunnOvMm3wLe.4lhHPmOrR4zFu7NfwXgO', '2024-02-29 12:00:00'), -- deleted: not in the view
  (21, 'ada.padded', 'ada@example.com ', 'N', NULL, NULL, 'Ada Padded', 'Ada', 'Padded', NULL, NULL, 1, NULL, 'free', 'pbkdf2_sha256$20000$HMSMvQKxUIED0F3VxoMZW4$iU4In8RE9YnRxHMZFmn99TRkx3Gp1VpHzRC4nhG+LcQ=', NULL); -- a space after the e-mail: not the user 1
