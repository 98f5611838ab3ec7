//! A configuration in which everything is wrong.

/// One of everything that can be wrong, and what the line about it must hold.
pub(super) const WRONG: &str = r#"
stray = 1
[server]
bind = "0.0.0.0:8443"
client_ca = "/nonexistent/ca.pem"
shutdown_grace = "soon"
drain_delay = "11m"
request_timeout = 0
header_timeout = "0s"
body_timeout = "-1s"
workers = 0
behind_tls_proxy = "perhaps"
nonsense = 1
[management]
bind = "localhost"
[auth]
issuer = ["https://tenant.example.com", "http://tenant.example.com/"]
jwks_uri = "ftp://tenant.example.com/"
clients = ["one", "two words"]
algorithms = ["RS256", "HS256"]
leeway = "2h"
max_token_age = "0s"
jwks_timeout = "2m"
jwks_refresh = ""
jwks_cooldown = "2h"
jwks_max_stale = []
jwks_ca_certificate = "/nonexistent/jwks.pem"
[database]
url = "oracle://user:canary-secret@db.example.com/x"
pool_size = 0
connect_timeout = "2m"
acquire_timeout = true
statement_timeout = 0
ca_certificate = "/nonexistent/db.pem"
[passwords]
default_scheme = "rot13"
weak_schemes = ["md5", "rot13"]
pre_hash = "rot13($pass)"
max_bcrypt_cost = 15
max_hash_memory_mib = 257
max_argon2_passes = 11
max_pbkdf2_iterations = 2000001
max_rounds = 0
pepper = ""
max_concurrent = 0
max_wait = "0ms"
min_response = "11s"
max_memory_mib = 255
[limits]
attempts_per_user = -1
attempts_window = 0
requests_per_client = 4294967296
[log]
format = "xml"
level = "loud"
identifier_key = []
[extra]
key = "canary-secret"
"#;

/// A line for each: its key, and a word of the cause or the remedy.
pub(super) const FAULTS: [(&str, &str); 52] = [
    ("stray", "known key"),
    ("server.bind", "behind_tls_proxy"),
    ("server.client_ca", "/nonexistent/ca.pem"),
    ("server.shutdown_grace", "10s"),
    ("server.drain_delay", "10m"),
    ("server.request_timeout", "7s"),
    ("server.header_timeout", "5s"),
    ("server.body_timeout", "2s"),
    ("server.workers", "1 to 256"),
    ("server.behind_tls_proxy", "true or false"),
    ("server.nonsense", "known key"),
    ("management.bind", "127.0.0.1:8443"),
    ("auth.issuer", "slash"),
    ("auth.audience", "is missing"),
    ("auth.jwks_uri", "https"),
    ("auth.clients", "client id"),
    ("auth.algorithms", "RS256, PS256 and ES256"),
    ("auth.leeway", "60s"),
    ("auth.max_token_age", "24h"),
    ("auth.jwks_timeout", "60s"),
    ("auth.jwks_refresh", "5m"),
    ("auth.jwks_cooldown", "1h"),
    ("auth.jwks_max_stale", "24h"),
    ("auth.jwks_ca_certificate", "/nonexistent/jwks.pem"),
    ("database.url", "postgres://"),
    ("database.pool_size", "1 to 1000"),
    ("database.connect_timeout", "60s"),
    ("database.acquire_timeout", "1s"),
    ("database.statement_timeout", "2s"),
    ("database.ca_certificate", "/nonexistent/db.pem"),
    ("passwords.default_scheme", "docs/passwords.md"),
    ("passwords.weak_schemes", "rot13"),
    ("passwords.pre_hash", "$pass"),
    ("passwords.max_bcrypt_cost", "4 to 14"),
    ("passwords.max_hash_memory_mib", "1 to 256"),
    ("passwords.max_argon2_passes", "1 to 10"),
    ("passwords.max_pbkdf2_iterations", "1 to 2000000"),
    ("passwords.max_rounds", "1 to 1000000"),
    ("passwords.pepper", "is empty"),
    ("passwords.max_concurrent", "1 to 1024"),
    ("passwords.max_wait", "4s"),
    ("passwords.min_response", "10s"),
    ("passwords.max_memory_mib", "256"),
    ("limits.attempts_per_user", "0 to"),
    ("limits.attempts_window", "60s"),
    ("limits.requests_per_client", "0 to"),
    ("log.format", "json"),
    ("log.level", "trace"),
    ("log.identifier_key", "text"),
    ("extra.key", "known key"),
    ("auth.issuer", "https"),
    ("server.client_ca", "cannot be read"),
];
