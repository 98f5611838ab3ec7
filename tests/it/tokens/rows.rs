//! A row of the catalogue, the answers it may get, and the world it is sent to.

use serde_json::{Value, json};

use crate::support::keys::{b64, key};
use crate::support::{Answer, Gate, Issuer, Legacy, Request, Token};

/// Path, scope, a body about nobody, and the refusal which shows that the token was accepted.
pub(super) const ENDPOINTS: [(&str, &str, &str, (u16, &str)); 3] = [
    (
        "/login",
        "login:users",
        r#"{"identifier":"nobody@example.test","password":"x"}"#,
        (403, "invalid_credentials"),
    ),
    ("/get_user", "read:users", r#"{"identifier":"nobody@example.test"}"#, (404, "user_not_found")),
    ("/mark_migrated", "mark:users", r#"{"user_id":"no-such-user"}"#, (404, "user_not_found")),
];

/// One of the answers of the table in section 3.1 of the security page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    Accepted,
    Missing,
    Malformed,
    Invalid,
    Forbidden,
    TooLarge,
}

pub(super) const ACCEPTED: &[Verdict] = &[Verdict::Accepted];
pub(super) const MISSING: &[Verdict] = &[Verdict::Missing];
pub(super) const MALFORMED: &[Verdict] = &[Verdict::Malformed];
pub(super) const INVALID: &[Verdict] = &[Verdict::Invalid];
pub(super) const FORBIDDEN: &[Verdict] = &[Verdict::Forbidden];
pub(super) const FORBIDDEN_OR_INVALID: &[Verdict] = &[Verdict::Forbidden, Verdict::Invalid];
pub(super) const INVALID_OR_MALFORMED: &[Verdict] = &[Verdict::Invalid, Verdict::Malformed];
pub(super) const ACCEPTED_OR_INVALID: &[Verdict] = &[Verdict::Accepted, Verdict::Invalid];

impl Verdict {
    /// What the answer is, judged by status, code and challenge together.
    pub(super) fn of(answer: &Answer, scope: &str, accepted: (u16, &str)) -> Result<Self, String> {
        let (status, code) = (answer.status, answer.code());
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        let error = |name: &str| {
            let expected = format!("Bearer realm=\"narrowgate\", error=\"{name}\"");
            challenge == expected || challenge.starts_with(&format!("{expected}, "))
        };
        let (verdict, right_challenge) = match (status, code.as_str()) {
            (401, "missing_token") => (Self::Missing, challenge == "Bearer realm=\"narrowgate\""),
            (401, "invalid_token") => (Self::Invalid, error("invalid_token")),
            (400, "invalid_request") => (Self::Malformed, error("invalid_request")),
            (403, "insufficient_scope") => (
                Self::Forbidden,
                error("insufficient_scope") && challenge.ends_with(&format!("scope=\"{scope}\"")),
            ),
            (431, "headers_too_large") => (Self::TooLarge, challenge.is_empty()),
            _ if (status, code.as_str()) == accepted => (Self::Accepted, challenge.is_empty()),
            _ => return Err(format!("{status} {code:?}")),
        };
        if right_challenge {
            Ok(verdict)
        } else {
            Err(format!("{status} {code} with challenge {challenge:?}"))
        }
    }
}

/// One line of the catalogue.
pub(super) struct Row {
    pub(super) number: u16,
    pub(super) name: String,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) query: String,
    pub(super) allowed: &'static [Verdict],
}

impl Row {
    /// A request that carries this token in the usual way.
    pub(super) fn token(
        number: u16,
        name: &str,
        token: impl Into<Vec<u8>>,
        allowed: &'static [Verdict],
    ) -> Self {
        Self::authorization(number, name, [b"Bearer ".to_vec(), token.into()].concat(), allowed)
    }

    /// Several tokens with the same answers allowed.
    pub(super) fn tokens<const N: usize>(
        allowed: &'static [Verdict],
        tokens: [(u16, &str, Token); N],
    ) -> Vec<Self> {
        tokens.map(|(number, name, token)| Self::token(number, name, token, allowed)).into()
    }

    /// A request with this whole Authorization value.
    pub(super) fn authorization(
        number: u16,
        name: &str,
        value: impl AsRef<[u8]>,
        allowed: &'static [Verdict],
    ) -> Self {
        Self::bare(number, name, allowed).with("Authorization", value)
    }

    /// A request without credentials, to add to.
    pub(super) fn bare(number: u16, name: &str, allowed: &'static [Verdict]) -> Self {
        Self { number, name: name.into(), headers: Vec::new(), query: String::new(), allowed }
    }

    pub(super) fn with(mut self, header: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((header.into(), value.as_ref().to_vec()));
        self
    }

    pub(super) fn query(mut self, query: &str) -> Self {
        self.query = format!("?{query}");
        self
    }

    pub(super) fn request(&self, path: &str, body: &str) -> Request {
        let request = Request::post(&format!("{path}{}", self.query), body);
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }
}

/// A gate before an issuer whose key set holds good keys and keys that must never count.
pub(super) struct World {
    pub(super) issuer: Issuer,
    pub(super) _legacy: Legacy,
    pub(super) gate: Gate,
}

impl World {
    pub(super) fn start() -> Self {
        let (issuer, legacy) = (Issuer::start(), Legacy::sqlite());
        issuer.publish(key_set());
        let gate = Gate::builder(&issuer, &legacy).config("limits.attempts_per_user", 0).start();
        Self { issuer, _legacy: legacy, gate }
    }

    /// Sends every row to every endpoint and reports all that went wrong at once.
    #[track_caller]
    pub(super) fn check(&self, rows: &[Row]) {
        let mut faults = Vec::new();
        for row in rows {
            for (path, scope, body, accepted) in ENDPOINTS {
                let verdict = match row.request(path, body).send(self.gate.address) {
                    Ok(answer) => Verdict::of(&answer, scope, accepted)
                        .and_then(|v| answer.well_formed().map(|()| v)),
                    Err(e) => Err(format!("no answer: {e}")),
                };
                if !verdict.as_ref().is_ok_and(|v| row.allowed.contains(v)) {
                    faults.push(format!(
                        "#{} {} at {path}: {verdict:?}, allowed {:?}",
                        row.number, row.name, row.allowed
                    ));
                }
            }
        }
        assert!(
            faults.is_empty(),
            "{} of {} rows:\n{}",
            faults.len(),
            rows.len() * 3,
            faults.join("\n")
        );
        self.gate.assert_calm();
        let fetches = self.issuer.fetches();
        assert!(fetches <= 2, "tokens caused {} fetches of the key set", fetches - 1);
    }
}

/// What the set's `oct` key holds: a secret, published by mistake.
pub(super) const OCT_SECRET: &[u8] = b"a secret of the set, published by mistake";

/// `main` and `second` are good, `plain` says nothing about its purpose; the rest is published but
/// unusable.
pub(super) fn key_set() -> Vec<Value> {
    let third = |kid: &str, name: &str, value: Value| {
        let mut jwk = key("third").public(kid);
        jwk[name] = value;
        jwk
    };
    let mut operations = third("ops", "key_ops", json!(["encrypt"]));
    let mut plain = key("rsa3072").public("plain");
    for name in ["use", "alg"] {
        operations.as_object_mut().expect("object").remove(name);
        plain.as_object_mut().expect("object").remove(name);
    }
    let absurd = b64([vec![0xff_u8; 8191], vec![0x43]].concat());
    vec![
        json!({ "kty": "oct", "kid": "oct", "use": "sig", "alg": "HS256", "k": b64(OCT_SECRET) }),
        key("p256").public("ec"),
        third("enc", "use", json!("enc")),
        third("oaep", "alg", json!("RSA-OAEP")),
        third("ps", "alg", json!("PS256")),
        operations,
        key("rsa1024").public("small"),
        third("absurd", "n", json!(absurd)),
        third("one", "e", json!("AQ")),
        key("main").public("main"),
        key("second").public("second"),
        plain,
    ]
}
