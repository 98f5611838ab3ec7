CREATE TABLE u(id TEXT PRIMARY KEY, email TEXT, hash TEXT, blocked INT);
INSERT INTO u VALUES('1','ada@example.com','pbkdf2_sha256$20000$saltsalt$hvo8ljomkonxY/BpAOIXejh1MmIl/MDgqVE4ouGcKQo=',0),('2','mallory@example.com','pbkdf2_sha256$20000$saltsalt$hvo8ljomkonxY/BpAOIXejh1MmIl/MDgqVE4ouGcKQo=',1),('3','twins@example.com',NULL,0),('4','twins@example.com',NULL,0),('7','gone@example.com','pbkdf2_sha256$20000$saltsalt$hvo8ljomkonxY/BpAOIXejh1MmIl/MDgqVE4ouGcKQo=',0);
CREATE TABLE migrated_user(user_id TEXT PRIMARY KEY, migrated_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE VIEW login_candidate AS SELECT email AS identifier, json_object('user_id',id,'email',email,'blocked',json(iif(blocked,'true','false')),'password_hash',hash) AS answer FROM u WHERE NOT EXISTS(SELECT 1 FROM migrated_user m WHERE m.user_id=u.id);
CREATE VIEW get_user AS SELECT email AS identifier, json_object('user_id',id,'email',email) AS answer FROM u WHERE NOT EXISTS(SELECT 1 FROM migrated_user m WHERE m.user_id=u.id);
CREATE VIEW mark_migrated AS SELECT id AS user_id, json_object('user_id',id,'email',email) AS answer FROM u;
