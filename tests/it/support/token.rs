//! Tokens to order: well made unless told otherwise.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::keys::{Key, b64, key};

pub const ISSUER: &str = "https://tenant.test/";
pub const AUDIENCE: &str = "https://narrowgate.test/";
pub const CLIENT: &str = "client123";
pub const ALL_SCOPES: &str = "login:users read:users mark:users";

pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs().cast_signed()
}

/// A JSON object kept as text, so that duplicates, odd numbers and escaped names can be written.
#[derive(Clone, Default)]
pub struct Members(Vec<(String, String)>);

impl Members {
    pub fn set(&mut self, name: &str, text: String) {
        match self.0.iter_mut().find(|(n, _)| n == name) {
            Some(member) => member.1 = text,
            None => self.0.push((name.into(), text)),
        }
    }

    pub fn text(&self) -> String {
        let members: Vec<_> =
            self.0.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    }
}

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// A token in the making. `sign()` gives the text.
pub struct Token {
    header: Members,
    claims: Members,
    raw_header: Option<Vec<u8>>,
    raw_payload: Option<Vec<u8>>,
    signer: Sign,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.header.text(), self.claims.text())
    }
}

impl Token {
    /// What Auth0 gives a machine in its default profile, with all three scopes, signed by key
    /// `main`.
    pub fn auth0() -> Self {
        Self::bare("JWT").claim("azp", CLIENT).claim("gty", "client-credentials")
    }

    /// The RFC 9068 profile: other `typ`, `client_id` for `azp`, a `jti`, no `gty`.
    pub fn rfc9068() -> Self {
        Self::bare("at+jwt").claim("client_id", CLIENT).claim("jti", "r7Zw2gQkqD0")
    }

    fn bare(typ: &str) -> Self {
        let (header, claims) = Default::default();
        let signer: Sign = Box::new(|input| key("main").rs256(input));
        Self { header, claims, raw_header: None, raw_payload: None, signer }
            .header("alg", "RS256")
            .header("typ", typ)
            .header("kid", "main")
            .claim("iss", ISSUER)
            .claim("sub", format!("{CLIENT}@clients"))
            .claim("aud", AUDIENCE)
            .claim("iat", now())
            .claim("exp", now() + 3600)
            .claim("scope", ALL_SCOPES)
    }

    pub fn header(self, name: &str, value: impl Into<Value>) -> Self {
        self.header_text(name, value.into().to_string())
    }

    pub fn claim(self, name: &str, value: impl Into<Value>) -> Self {
        self.claim_text(name, value.into().to_string())
    }

    pub fn scope(self, scope: &str) -> Self {
        self.claim("scope", scope)
    }

    /// A header member whose value is this very text, JSON or not.
    pub fn header_text(mut self, name: &str, text: impl Into<String>) -> Self {
        self.header.set(name, text.into());
        self
    }

    pub fn claim_text(mut self, name: &str, text: impl Into<String>) -> Self {
        self.claims.set(name, text.into());
        self
    }

    pub fn without_header(mut self, name: &str) -> Self {
        self.header.0.retain(|(n, _)| n != name);
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.claims.0.retain(|(n, _)| n != name);
        self
    }

    /// A second member of the same name, before or after the first. The name may hold escapes.
    pub fn header_again(mut self, first: bool, name: &str, value: impl Into<Value>) -> Self {
        let at = if first { 0 } else { self.header.0.len() };
        self.header.0.insert(at, (name.into(), value.into().to_string()));
        self
    }

    pub fn claim_again(mut self, first: bool, name: &str, value: impl Into<Value>) -> Self {
        let at = if first { 0 } else { self.claims.0.len() };
        self.claims.0.insert(at, (name.into(), value.into().to_string()));
        self
    }

    /// These bytes instead of the header object.
    pub fn raw_header(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.raw_header = Some(bytes.into());
        self
    }

    /// These bytes instead of the claims object.
    pub fn raw_payload(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.raw_payload = Some(bytes.into());
        self
    }

    /// The claims object as text, to build hostile payloads from.
    pub fn claims_text(&self) -> String {
        self.claims.text()
    }

    pub fn header_json(&self) -> String {
        self.header.text()
    }

    /// RS256 by this key, whatever the header says; the header's `kid` is set to `kid`.
    pub fn by(self, kid: &str, signer: &'static Key) -> Self {
        self.header("kid", kid).signed_with(|input| signer.rs256(input))
    }

    /// Any bytes as the signature, made from the signing input.
    pub fn signed_with(mut self, signer: impl Fn(&[u8]) -> Vec<u8> + 'static) -> Self {
        self.signer = Box::new(signer);
        self
    }

    /// `header.payload`, what a signature covers.
    pub fn input(&self) -> String {
        let header = self.raw_header.clone().unwrap_or_else(|| self.header.text().into_bytes());
        let payload = self.raw_payload.clone().unwrap_or_else(|| self.claims.text().into_bytes());
        format!("{}.{}", b64(header), b64(payload))
    }

    pub fn sign(self) -> String {
        let input = self.input();
        self.sign_input(&input)
    }

    /// Signs another text than the usual one: for payloads that are not base64url, say.
    pub fn sign_input(&self, input: &str) -> String {
        format!("{input}.{}", b64((self.signer)(input.as_bytes())))
    }
}

impl From<Token> for Vec<u8> {
    fn from(token: Token) -> Self {
        token.sign().into_bytes()
    }
}
