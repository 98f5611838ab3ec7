//! A stand-in for a tenant's token endpoint and key set, shaped like Auth0's.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{AUDIENCE, CLIENT_ID};
use crate::wire::{self, Answer, Exchange, Fault, Handler, Limits, Server};

const KEY_ID: &str = "demo-key";
/// Life of a token, in seconds.
const LIFE: u64 = 3600;

/// The issuer, serving its key set until it is stopped.
pub struct Issuer {
    signer: Arc<Signer>,
    server: Server,
}

struct Signer {
    url: String,
    key: KeyPair,
}

const LIMITS: Limits = Limits {
    head: Duration::from_secs(5),
    keep_alive: Duration::from_mins(1),
    grace: Duration::ZERO,
};

impl Issuer {
    /// Makes a key of its own and listens on a free loopback port.
    ///
    /// # Errors
    /// No port or no key is to be had.
    pub fn start() -> io::Result<Self> {
        let key =
            KeyPair::generate(KeySize::Rsa2048).map_err(|_| io::Error::other("no RSA key"))?;
        let (listener, address) = wire::bind(([127, 0, 0, 1], 0).into())?;
        let signer = Arc::new(Signer { url: format!("http://{address}/"), key });
        let shared = Arc::clone(&signer);
        let server = wire::serve(listener, 1, LIMITS, Default::default(), move |_| {
            Pages(Arc::clone(&shared))
        })?;
        Ok(Self { signer, server })
    }

    /// The value of `iss`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.signer.url
    }

    /// An access token as Auth0 gives it to a machine client.
    ///
    /// # Errors
    /// The key cannot sign.
    pub fn token(&self, scope: &str) -> Result<String, Unspecified> {
        self.signer.token(CLIENT_ID, scope)
    }

    /// Stops listening.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

impl Signer {
    fn token(&self, client_id: &str, scope: &str) -> Result<String, Unspecified> {
        let now =
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": KEY_ID });
        let claims = json!({
            "iss": self.url, "sub": format!("{client_id}@clients"), "aud": AUDIENCE,
            "iat": now, "exp": now + LIFE, "azp": client_id, "gty": "client-credentials", "scope": scope,
        });
        let encode = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            signed.as_bytes(),
            &mut signature,
        )?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// What the issuer answers with.
struct Pages(Arc<Signer>);

impl Handler for Pages {
    async fn answer(&self, exchange: &mut Exchange<'_>) -> Answer {
        match exchange.path() {
            "/.well-known/jwks.json" if exchange.is("GET") => page(200, &self.0.key_set()),
            "/oauth/token" if exchange.is("POST") => {
                match exchange.body(4096, Duration::from_secs(2)).await {
                    Ok(form) => self.0.answer(&form),
                    Err(_) => refusal(),
                }
            }
            _ => page(404, &json!({ "error": "not_found" })),
        }
    }

    fn refuse(&self, _: Fault) -> Answer {
        refusal()
    }
}

fn page(status: u16, content: &Value) -> Answer {
    Answer::new(status, "application/json", content.to_string().into_bytes())
}

fn refusal() -> Answer {
    page(400, &json!({ "error": "invalid_request" }))
}

impl Signer {
    fn key_set(&self) -> Value {
        let public = self.key.public_key();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let key = json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID,
            "n": number(public.modulus().big_endian_without_leading_zero()),
            "e": number(public.exponent().big_endian_without_leading_zero()),
        });
        json!({ "keys": [key] })
    }

    /// Answers a request for a token, which is a form.
    fn answer(&self, form: &[u8]) -> Answer {
        let field = |name| {
            let mut fields = url::form_urlencoded::parse(form);
            fields.find(|(known, _)| known == name).map(|(_, value)| value)
        };
        let Some(client_id) = field("client_id") else { return refusal() };
        let scope = field("scope").unwrap_or_default();
        match self.token(&client_id, &scope) {
            Ok(token) => page(
                200,
                &json!({ "access_token": token, "token_type": "Bearer", "expires_in": LIFE, "scope": scope }),
            ),
            Err(_) => page(500, &json!({ "error": "server_error" })),
        }
    }
}
